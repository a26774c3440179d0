// bench_link [SECONDS]: round trips between two processes over our links and over CAF's own
// transports, in one run and with the same settings of CAF; and what big messages do to small ones.
//
// The transports take short turns, one after another. A rate is the best of all turns: what else
// runs on the machine only ever makes it worse. A ratio is the median of those within each turn,
// whose two sides the machine disturbs alike.

#include "shared/link/link.hpp"
#include "tests/support/tls_pki.hpp"

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/openssl/all.hpp>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace troth;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

using echo_actor = caf::typed_actor<caf::replies_to<std::string>::with<std::string>>;
using done_atom = caf::atom_constant<caf::atom("done")>;

constexpr std::array kinds{"unix", "caf-tcp", "tls", "caf-tls"};
constexpr int turns = 15;
constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

echo_actor::behavior_type echo() {
  return {[](std::string& text) { return std::move(text); }};
}

/// One process: an actor system over one transport.
class process {
public:
  process(std::string kind, const link::credentials& files, const std::string& role)
    : kind_(std::move(kind)) {
    const auto types = link::configure(config_, 1);
    if (kind_ == "caf-tls") {
      config_.openssl_cafile = files.ca;
      config_.openssl_certificate = files.certificate;
      config_.openssl_key = files.key;
      config_.load<caf::openssl::manager>();
    }
    link::options chosen{files, role, {"gateway"}, *link::find_local_users({}, {}), types};
    chosen.max_frame_bytes = 32 * mebibyte;
    links_ = *link::transport::open(chosen);
    system_.emplace(config_);
  }

  caf::actor_system& system() { return *system_; }

  /// Serves, and says where on standard output.
  void publish(const std::string& path) {
    const auto actor = system_->spawn(echo);
    std::string where;
    if (kind_ == "caf-tcp")
      where = std::to_string(*system_->middleman().publish(actor, 0, "127.0.0.1", true));
    else if (kind_ == "caf-tls")
      where = std::to_string(*caf::openssl::publish(actor, 0, "127.0.0.1", true));
    else
      where = to_string(*links_->publish(
        actor, *link::parse_endpoint(kind_ == "unix" ? "unix://" + path : "tls://127.0.0.1:0")));
    std::cout << where << std::endl;
  }

  echo_actor dial(const std::string& where) {
    if (kind_ == "caf-tcp")
      return *system_->middleman().remote_actor<echo_actor>("127.0.0.1", port_in(where));
    if (kind_ == "caf-tls")
      return *caf::openssl::remote_actor<echo_actor>(*system_, "127.0.0.1", port_in(where));
    caf::scoped_actor self{*system_};
    const auto dialer = links_->spawn_dialer(*system_);
    echo_actor out;
    self->request(dialer, 10s, link::dial_atom::value, where, where, std::string{"verifier"})
      .receive([&](caf::strong_actor_ptr& actor,
                   const std::set<std::string>&) { out = caf::actor_cast<echo_actor>(actor); },
               [](const caf::error& why) {
                 std::cerr << caf::to_string(why) << '\n';
                 std::exit(1);
               });
    self->send_exit(dialer, caf::exit_reason::kill);
    return out;
  }

private:
  static std::uint16_t port_in(const std::string& where) {
    return static_cast<std::uint16_t>(std::stoul(where));
  }

  std::string kind_;
  std::unique_ptr<link::transport> links_;
  caf::actor_system_config config_;
  std::optional<caf::actor_system> system_;
};

struct outcome {
  double per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
};

/// Asks with so many requests in flight until the time is over.
struct load_state {
  std::string body;
  clock_type::time_point end;
  std::size_t open = 0;
  std::vector<double> times_us;
};

caf::behavior load(caf::stateful_actor<load_state>* self, const echo_actor& to, std::size_t size,
                   std::size_t in_flight, std::chrono::milliseconds time, const caf::actor& tell) {
  auto& state = self->state;
  state.body.assign(size, 'x');
  state.end = clock_type::now() + time;
  const auto ask = std::make_shared<std::function<void()>>();
  *ask = [=] {
    ++self->state.open;
    const auto begun = clock_type::now();
    self->request(to, 60s, self->state.body).then([=](const std::string&) {
      auto& now = self->state;
      now.times_us.push_back(
        std::chrono::duration<double, std::micro>(clock_type::now() - begun).count());
      --now.open;
      if (clock_type::now() < now.end)
        return (*ask)();
      if (now.open > 0)
        return;
      std::ranges::sort(now.times_us);
      const auto count = now.times_us.size();
      self->send(tell, done_atom::value, count, now.times_us[count / 2],
                 now.times_us[count * 99 / 100]);
      *ask = nullptr; // which this is part of
      self->quit();
    });
  };
  for (std::size_t n = 0; n < in_flight; ++n)
    (*ask)();
  return {[](done_atom) {}};
}

outcome measure(process& here, const echo_actor& to, std::size_t size, std::size_t in_flight,
                std::chrono::milliseconds time) {
  caf::scoped_actor self{here.system()};
  const auto begun = clock_type::now();
  self->spawn(load, to, size, in_flight, time, caf::actor_cast<caf::actor>(self));
  outcome out;
  self->receive([&](done_atom, std::size_t count, double p50, double p99) {
    const auto seconds = std::chrono::duration<double>(clock_type::now() - begun).count();
    out = {static_cast<double>(count) / seconds, p50, p99};
  });
  return out;
}

/// The other process, as long as this lives.
class other_process {
public:
  other_process(const char* program, const std::string& kind, const link::credentials& files,
                const std::string& path) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0)
      std::exit(1);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(ends[1], STDOUT_FILENO);
      execl(program, program, "serve", kind.c_str(), files.ca.c_str(), files.certificate.c_str(),
            files.key.c_str(), path.c_str(), nullptr);
      _exit(1);
    }
    close(ends[1]);
    char one = 0;
    while (read(ends[0], &one, 1) == 1 && one != '\n')
      where_ += one;
    close(ends[0]);
  }
  other_process(const other_process&) = delete;
  other_process& operator=(const other_process&) = delete;
  ~other_process() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  const std::string& where() const { return where_; }

private:
  pid_t pid_ = -1;
  std::string where_;
};

/// How long small messages take while big ones are on the same link.
void show_stalls(process& here, const echo_actor& to, std::chrono::milliseconds time) {
  const auto alone = measure(here, to, 64, 1, time);
  std::printf("\nsmall messages (64 B, 1 in flight) on one link with others, p50 and p99 in us\n");
  std::printf("%-28s %8.0f %8.0f\n", "alone", alone.p50_us, alone.p99_us);
  for (const auto& [name, size] : {std::pair{"with bodies in 1 MiB chunks", mebibyte},
                                   std::pair{"with bodies of 16 MiB whole", 16 * mebibyte}}) {
    caf::scoped_actor self{here.system()};
    self->spawn(load, to, size, std::size_t{1}, 2 * time, caf::actor_cast<caf::actor>(self));
    const auto beside = measure(here, to, 64, 1, time);
    std::printf("%-28s %8.0f %8.0f\n", name, beside.p50_us, beside.p99_us);
    self->receive([](done_atom, std::size_t, double, double) {});
  }
}

void keep_better(outcome& best, const outcome& now) {
  if (now.per_second > best.per_second)
    best = now;
}

double median(std::vector<double> of) {
  std::ranges::sort(of);
  return of[of.size() / 2];
}

/// Two processes over one transport.
struct contender {
  contender(const char* program, const std::string& kind, const link::credentials& server,
            const link::credentials& client, const std::string& path)
    : there(program, kind, server, path), here(kind, client, "gateway"),
      to(here.dial(there.where())) {
    // nop
  }

  other_process there;
  process here;
  echo_actor to;
};

[[noreturn]] void serve(char** argv) {
  process here{argv[2], {argv[3], argv[4], argv[5], ""}, "verifier"};
  here.publish(argv[6]);
  for (;;)
    pause();
}

} // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 7)
    serve(argv);
  const auto time
    = std::chrono::milliseconds{static_cast<long>(1000 * (argc > 1 ? std::atof(argv[1]) : 1.0))};
  testing::tls_pki pki;
  const auto server = pki.issue("verifier");
  const auto client = pki.issue("gateway");
  std::map<std::string, contender> all;
  for (const std::string kind : kinds)
    all.try_emplace(kind, argv[0], kind, server, client, pki.path("socket"));
  for (auto& [kind, one] : all)
    measure(one.here, one.to, 64, 64, time / 4); // warms up
  std::printf("\nround trips per second, and p50 in us\n%10s %4s", "bytes", "x");
  for (const auto* kind : kinds)
    std::printf(" %18s", kind);
  std::printf(" %14s %14s\n", "unix/caf-tcp", "tls/caf-tls");
  for (const std::size_t size : {std::size_t{64}, std::size_t{4096}, std::size_t{256} * 1024})
    for (const std::size_t in_flight : {1, 64}) {
      std::map<std::string, outcome> best;
      std::vector<double> plain;
      std::vector<double> secure;
      for (int n = 0; n < turns; ++n) {
        std::map<std::string, double> now;
        for (const std::string kind : kinds) {
          auto& one = all.at(kind);
          const auto seen = measure(one.here, one.to, size, in_flight, time / turns);
          keep_better(best[kind], seen);
          now[kind] = seen.per_second;
        }
        plain.push_back(now["unix"] / now["caf-tcp"]);
        secure.push_back(now["tls"] / now["caf-tls"]);
      }
      std::printf("%10zu %4zu", size, in_flight);
      for (const auto* kind : kinds)
        std::printf(" %9.0f %8.0f", best[kind].per_second, best[kind].p50_us);
      std::printf(" %14.2f %14.2f\n", median(plain), median(secure));
    }
  show_stalls(all.at("tls").here, all.at("tls").to, time);
  std::fflush(stdout);
  _exit(0); // CAF's own TLS module does not always let go of its last connection
}
