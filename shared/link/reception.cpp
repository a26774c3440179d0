#include "shared/link/reception.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace troth::link {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t wake_number = 0;
constexpr auto pause_time = 100ms;
constexpr std::size_t max_notes = 5; // in a tick
constexpr auto tick_time = 500ms;

} // namespace

reception::reception(const reception_limits& limits, ports with)
  : limits_(limits), ports_(std::move(with)), epoll_(epoll_create1(EPOLL_CLOEXEC)),
    wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), strangers_(limits.strangers),
    peers_(limits.peers), next_tick_(clock::now() + tick_time), thread_([this] { run(); }) {
  // nop
}

reception::~reception() {
  post([this] { is_ending_ = true; });
  thread_.join();
}

std::uint64_t reception::make_number() {
  const std::lock_guard lock{mutex_};
  return ++last_number_;
}

void reception::post(std::function<void()> task) {
  const std::lock_guard lock{mutex_};
  tasks_.push_back(std::move(task));
  const std::uint64_t one = 1; // a full counter has woken it already
  [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof(one));
}

std::uint64_t reception::open(listening_socket at, expected_peers expected,
                              std::shared_ptr<arrivals> to) {
  const auto number = make_number();
  const auto made = std::make_shared<door>(door{std::move(at), std::move(expected), std::move(to)});
  post([this, number, made] {
    watch(made->socket.fd(), number, is_paused_ ? no_events : readable, true);
    doors_.emplace(number, std::move(*made));
  });
  return number;
}

void reception::close(std::uint64_t number) {
  post([this, number] {
    std::vector<std::uint64_t> waiting;
    for (const auto& [who, one] : guests_)
      if (one.through == number)
        waiting.push_back(who);
    for (const auto who : waiting) {
      strangers_.leave(who);
      guests_.erase(who);
    }
    doors_.erase(number);
  });
}

void reception::dial(endpoint where, expected_peers expected,
                     std::function<void(result<established>)> then) {
  const auto who = make_number();
  post([this, who, where = std::move(where), expected = std::move(expected),
        then = std::move(then)]() mutable {
    if (!where.is_local() && !ports_.keys)
      return then(error{errc::missing, to_string(where) + ": there is no certificate of ours"});
    auto fd = connect_to(where);
    if (!fd)
      return then(fd.error());
    const auto socket = fd->get();
    guests_.emplace(who,
                    guest{handshake{*std::move(fd), side::dialling, std::move(expected),
                                    where.is_local() ? nullptr : ports_.keys},
                          0, to_string(where), clock::now() + limits_.dial_time, std::move(then)});
    watch(socket, who, where.is_local() ? readable : writable, true);
    if (where.is_local())
      go_on(who);
  });
}

void reception::watch(int fd, std::uint64_t who, std::uint32_t events, bool is_new) {
  epoll_event wanted{};
  wanted.events = events;
  wanted.data.u64 = who;
  epoll_ctl(epoll_.get(), is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &wanted);
}

void reception::run() {
  watch(wake_.get(), wake_number, readable, true);
  std::array<epoll_event, 64> events{};
  while (!is_ending_) {
    const auto count = epoll_wait(epoll_.get(), events.data(), events.size(), patience());
    for (int n = 0; n < count; ++n) {
      const auto who = events.at(static_cast<std::size_t>(n)).data.u64;
      if (who == wake_number)
        run_tasks();
      else if (doors_.contains(who))
        accept_at(who);
      else if (guests_.contains(who)) // it may have had to go for another, just now
        go_on(who);
    }
    tick(clock::now());
  }
}

void reception::run_tasks() {
  std::uint64_t ignored = 0;
  [[maybe_unused]] const auto got = read(wake_.get(), &ignored, sizeof(ignored));
  std::vector<std::function<void()>> due;
  {
    const std::lock_guard lock{mutex_};
    due.swap(tasks_);
  }
  for (const auto& task : due)
    task();
}

/// Returns for how many milliseconds nothing is due.
int reception::patience() const {
  auto due = next_tick_;
  if (const auto next = strangers_.next_due())
    due = std::min(due, *next);
  if (is_paused_)
    due = std::min(due, paused_until_);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - clock::now());
  return static_cast<int>(std::max(left, 0ms).count());
}

void reception::pause() {
  is_paused_ = true;
  paused_until_ = clock::now() + pause_time;
  for (const auto& [number, one] : doors_)
    watch(one.socket.fd(), number, no_events, false);
}

void reception::resume() {
  is_paused_ = false;
  for (const auto& [number, one] : doors_)
    watch(one.socket.fd(), number, readable, false);
}

/// Does what is due.
void reception::tick(clock::time_point now) {
  for (const auto who : strangers_.overdue(now))
    refuse(who, "timeout", {errc::timeout, "no handshake in time"});
  if (is_paused_ && now >= paused_until_)
    resume();
  if (now < next_tick_)
    return;
  next_tick_ = now + tick_time;
  notes_left_ = max_notes;
  if (unsaid_ > 0)
    ports_.note("and " + std::to_string(std::exchange(unsaid_, 0)) + " more were refused");
  std::vector<std::uint64_t> late;
  for (const auto& [who, one] : guests_)
    if (one.through == 0 && one.due <= now)
      late.push_back(who);
  for (const auto who : late)
    refuse(who, "timeout", {errc::timeout, "no greeting in time"});
  refresh_keys();
  peers_.sweep(now, std::chrono::system_clock::now());
}

/// Takes certificates that were renewed, and cuts peers that were denied.
void reception::refresh_keys() {
  if (!ports_.keys)
    return;
  const auto found = ports_.keys->refresh();
  ports_.counts->unusable_files(!found.is_whole);
  for (const auto& why : found.unusable)
    ports_.note("files of tls: what is there now cannot be used: " + to_string(why));
  if (!found.is_fresh)
    return;
  ports_.note("files of tls: read anew");
  peers_.cut([this](const std::string& one) { return ports_.keys->is_denied(one); },
             [this](const identity& who) { ports_.note(who.name + ": on the deny list now"); });
}

} // namespace troth::link
