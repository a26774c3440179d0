#include "shared/atls/connection.hpp"

#include "shared/atls/live_stream.hpp"
#include "shared/atls/negotiation.hpp"
#include "shared/base/text.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <functional>
#include <future>
#include <optional>
#include <thread>
#include <utility>

namespace troth::atls {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Has TCP wait for more before it sends what is no full segment; or sends what has waited.
void set_cork(tls_stream& stream, bool is_in) noexcept {
  const int value = is_in ? 1 : 0; // nothing is lost where it cannot be set
  setsockopt(stream.lowest_layer().native_handle(), IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

attempt attempt_of(const std::shared_ptr<negotiation>& begun,
                   const tcp::socket::executor_type& on) {
  return attempt{[weak = std::weak_ptr{begun}, on] {
    asio::post(on, [weak] {
      if (const auto still = weak.lock())
        still->fail({errc::unavailable, "aTLS: cancelled"});
    });
  }};
}

/// Runs what a blocking connection has to do behind the back of who uses it.
class background {
public:
  explicit background(std::shared_ptr<asio::io_context> loop)
    : work_(asio::make_work_guard(*loop)), thread_([loop] { loop->run(); }) {
    // nop
  }
  background(const background&) = delete;
  background& operator=(const background&) = delete;
  ~background() {
    work_.reset();
    if (thread_.get_id() == std::this_thread::get_id())
      thread_.detach(); // from a handler of its own: it ends when that returns
    else
      thread_.join();
  }

private:
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

attempt refuse(const asio::any_io_executor& on, connected then, error why) {
  asio::post(on, [then = std::move(then), why = std::move(why)] { then(why); });
  return {};
}

void connect_to_one_of(const std::shared_ptr<negotiation>& begun, const address& to,
                       const tcp::resolver::results_type& found) {
  asio::async_connect(begun->socket(), found, [begun, to](const error_code& refused, auto) {
    if (refused)
      return begun->fail(
        {errc::unavailable, "aTLS: " + to.host + ':' + to.port + ": " + refused.message()});
    begun->begin();
  });
}

void connect(const std::shared_ptr<negotiation>& begun, const address& to) {
  begun->set_deadline();
  const auto resolver = std::make_shared<tcp::resolver>(begun->socket().get_executor());
  error_code is_name; // else nobody need be asked, nor a thread woken
  const auto numbers = resolver->resolve(
    to.host, to.port, tcp::resolver::numeric_host | tcp::resolver::numeric_service, is_name);
  if (!is_name)
    return connect_to_one_of(begun, to, numbers);
  resolver->async_resolve(
    to.host, to.port, [begun, resolver, to](const error_code& why, const auto& found) {
      if (why)
        return begun->fail({errc::unavailable, "aTLS: " + to.host + ": " + why.message()});
      if (begun->is_under_way())
        connect_to_one_of(begun, to, found);
    });
}

attempt begin_dial(const asio::any_io_executor& on, std::shared_ptr<void> loop, const address& to,
                   const tls_context& tls, const settings& with, connected then) {
  if (auto good = check(with, side::client); !good)
    return refuse(on, std::move(then), good.error());
  if (!tls)
    return refuse(on, std::move(then), {errc::missing, "aTLS: a TLS context"});
  if (!is_port(to.port))
    return refuse(on, std::move(then), {errc::malformed, "aTLS: no port: " + to.port});
  const asio::any_io_executor strand = asio::make_strand(on);
  const auto begun = std::make_shared<negotiation>(tcp::socket{strand}, side::client, to.host, tls,
                                                   with, std::move(then));
  begun->keep(std::move(loop));
  asio::post(strand, [begun, to] { connect(begun, to); });
  return attempt_of(begun, strand);
}

attempt begin_attest(tcp::socket socket, std::shared_ptr<void> loop, side ours,
                     const std::string& host, const tls_context& tls, const settings& with,
                     connected then) {
  if (auto good = check(with, ours); !good)
    return refuse(socket.get_executor(), std::move(then), good.error());
  if (!tls)
    return refuse(socket.get_executor(), std::move(then), {errc::missing, "aTLS: a TLS context"});
  error_code why;
  const auto protocol = socket.local_endpoint(why).protocol();
  const asio::any_io_executor strand = asio::make_strand(socket.get_executor());
  tcp::socket moved{strand};
  if (!why)
    moved.assign(protocol, socket.release(why), why);
  if (why)
    return refuse(strand, std::move(then), {errc::io, "aTLS: " + why.message()});
  const auto begun = std::make_shared<negotiation>(std::move(moved), ours, host, tls, with,
                                                   std::move(then));
  begun->keep(std::move(loop));
  asio::post(strand, [begun] {
    begun->set_deadline();
    begun->begin();
  });
  return attempt_of(begun, strand);
}

} // namespace

connection::connection(std::unique_ptr<tls_stream> stream, peer who)
  : stream_(std::move(stream)), who_(std::move(who)) {
  // nop
}

connection::connection(std::shared_ptr<live_stream> stream, peer who)
  : live_(std::move(stream)), who_(std::move(who)) {
  // nop
}

connection::connection(connection&& other) noexcept = default;

connection& connection::operator=(connection&& other) noexcept {
  connection old{std::move(*this)};
  kept_ = std::move(other.kept_);
  stream_ = std::move(other.stream_);
  live_ = std::move(other.live_);
  who_ = std::move(other.who_);
  return *this;
}

connection::~connection() {
  if (live_)
    live_->close();
}

tls_stream& connection::tls() const noexcept {
  return live_ ? live_->stream() : *stream_;
}

void connection::close() noexcept {
  if (live_)
    live_->close();
  else
    close_now(*stream_);
}

result<void> connection::renew() {
  std::promise<result<void>> told;
  auto done = told.get_future();
  async_renew([&](result<void> outcome) { told.set_value(std::move(outcome)); });
  return done.get();
}

void connection::async_renew(std::function<void(result<void>)> then) {
  if (live_)
    live_->renew(std::move(then));
  else
    then(error{errc::unsupported, "aTLS: not both sides may attest again"});
}

result<void> connection::state() const {
  return live_ ? live_->state() : result<void>{};
}

std::size_t connection::read_waiting(asio::mutable_buffer into, error_code& why) {
  std::promise<std::size_t> told;
  read_later(into, [&](const error_code& code, std::size_t size) {
    why = code;
    told.set_value(size);
  });
  return told.get_future().get();
}

std::size_t connection::write_waiting(asio::const_buffer from, error_code& why) {
  std::promise<std::size_t> told;
  write_later(from, [&](const error_code& code, std::size_t size) {
    why = code;
    told.set_value(size);
  });
  return told.get_future().get();
}

std::size_t connection::write_records(asio::const_buffer from, error_code& why) {
  set_cork(*stream_, true);
  const auto size = asio::write(*stream_, asio::buffer(from, max_write_bytes), why);
  set_cork(*stream_, false);
  if (size > 0)
    why = {}; // the next one says it
  return size;
}

void connection::read_later(asio::mutable_buffer into, completion then) {
  if (into.size() == 0)
    return then({}, 0);
  live_->read(into, std::move(then));
}

void connection::write_later(asio::const_buffer from, completion then) {
  if (from.size() == 0)
    return then({}, 0);
  live_->write(from, std::move(then));
}

void write_together(tls_stream& stream, asio::const_buffer from,
                    std::function<void(error_code, std::size_t)> then) {
  const auto is_long = from.size() > tls_record_bytes;
  if (is_long)
    set_cork(stream, true);
  asio::async_write(stream, from,
                    [&stream, is_long, then = std::move(then)](const error_code& why,
                                                               std::size_t size) {
                      if (is_long)
                        set_cork(stream, false);
                      then(why, size);
                    });
}

void close_now(tls_stream& stream, bool is_writing) noexcept {
  error_code ignored;
  auto& socket = stream.lowest_layer();
  socket.non_blocking(true, ignored); // so that nobody's farewell is waited for
  if (!is_writing)
    stream.shutdown(ignored);
  socket.shutdown(tcp::socket::shutdown_both, ignored);
  socket.close(ignored);
}

attempt async_dial(const asio::any_io_executor& on, const address& to, const tls_context& tls,
                   const settings& with, connected then) {
  return begin_dial(on, nullptr, to, tls, with, std::move(then));
}

attempt async_attest(tcp::socket socket, side ours, const std::string& host, const tls_context& tls,
                     const settings& with, connected then) {
  return begin_attest(std::move(socket), nullptr, ours, host, tls, with, std::move(then));
}

namespace {

using beginning
  = std::function<void(const std::shared_ptr<asio::io_context>& loop, connected then)>;

result<connection> wait_for(const std::shared_ptr<asio::io_context>& loop, const beginning& begin) {
  std::optional<result<connection>> out;
  begin(loop, [&](result<connection> made) { out.emplace(std::move(made)); });
  while (!out && loop->run_one() > 0)
    continue;
  loop->poll(); // what was given up lets go
  if (!out)
    return error{errc::internal, "aTLS: nobody told what became of it"};
  if (!*out)
    return out->error();
  auto made = *std::move(*out);
  if (made.renews())
    made.keep(std::make_shared<background>(loop));
  else
    made.keep(loop);
  return made;
}

} // namespace

result<connection> dial(const address& to, const tls_context& tls, const settings& with) {
  return wait_for(std::make_shared<asio::io_context>(1), [&](const auto& loop, connected then) {
    begin_dial(loop->get_executor(), loop, to, tls, with, std::move(then));
  });
}

result<connection> attest(const socket_maker& make, side ours, const std::string& host,
                          const tls_context& tls, const settings& with) {
  return wait_for(std::make_shared<asio::io_context>(1), [&](const auto& loop, connected then) {
    auto socket = make(*loop);
    if (!socket)
      return then(socket.error());
    begin_attest(*std::move(socket), loop, ours, host, tls, with, std::move(then));
  });
}

} // namespace troth::atls
