#include "services/gateway/socket_session.hpp"

#include "services/gateway/cmc_api.hpp"
#include "services/net/timed_stream.hpp"
#include "shared/base/reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace troth::services {

namespace {

namespace asio = boost::asio;
namespace cmc = wire::cmc;
using boost::system::error_code;
using std::chrono::steady_clock;
using stream = asio::generic::stream_protocol::socket;

constexpr std::size_t header_bytes = 8;
constexpr std::size_t small_body_bytes = std::size_t{64} * 1024; // not worth being counted
constexpr std::chrono::milliseconds form_time{250};              // for the first byte of a body

using frame_header = std::array<std::uint8_t, header_bytes>;

frame_header make_header(std::size_t length, std::uint32_t type) {
  frame_header out{};
  for (std::size_t n = 0; n < 4; ++n) {
    const auto shift = 8 * (3 - n);
    out.at(n) = static_cast<std::uint8_t>(length >> shift);
    out.at(4 + n) = static_cast<std::uint8_t>(type >> shift);
  }
  return out;
}

/// One connection, which is one request. All of it runs on the socket's strand.
class session final : public net::timed_stream<stream> {
public:
  session(stream socket, caller who, std::shared_ptr<socket_site> what)
    : timed_stream(std::move(socket)), site_(std::move(what)), place_(site_->connections),
      who_(std::move(who)), begun_(steady_clock::now()),
      seen_(observe_request(site_->door, "socket")) { // whose frames have no place for a trace
    seen_.client = who_.name;
  }

  void start() {
    asio::dispatch(stream_.get_executor(), [self = self()] { self->read_header(); });
  }

  void stop() override {
    asio::post(stream_.get_executor(), [self = self()] {
      if (self->is_idle_)
        self->stream_.cancel();
    });
  }

private:
  std::shared_ptr<session> self() { return std::static_pointer_cast<session>(shared_from_this()); }

  void read_header() {
    if (site_->connections > site_->door.allowed.max_connections)
      return refuse({errc::exhausted, "too many connections at a time"});
    is_idle_ = true;
    arm(site_->door.allowed.header_time);
    asio::async_read(stream_, asio::buffer(header_),
                     [self = self()](error_code why, std::size_t size) {
                       self->is_idle_ = false;
                       if (!why)
                         self->on_header();
                       else if (self->is_late() && size > 0)
                         self->refuse({errc::timeout, "frame.header: took too long"});
                     });
  }

  void on_header() {
    begun_ = steady_clock::now();
    reader in{header_, "frame"};
    const std::size_t length = in.u32be("length");
    const auto type = in.u32be("type");
    const auto which = cmc::operation_of(type);
    if (!which)
      return refuse({errc::unsupported, "frame.type: " + std::to_string(type)});
    which_ = *which;
    seen_.operation = cmc::name(which_);
    if (const auto good = admit(length); !good)
      return length == 0 ? refuse(good.error()) : refuse_as_asked(good.error());
    read_body(length);
  }

  /// Takes what the request may use of what all share.
  result<void> admit(std::size_t length) {
    const auto& door = site_->door;
    const auto most = max_cmc_bytes(which_, door.to->max_report_bytes());
    if (length > most)
      return error{errc::too_large, "frame.length: " + std::to_string(length) + " bytes, at most "
                                      + std::to_string(most)};
    if (door.busy->callers.refuse(who_.name, steady_clock::now()))
      return error{errc::exhausted, "this caller asks too often"};
    grant_ = door.busy->at_once.admit(who_.name);
    if (!grant_)
      return error{errc::exhausted, "this caller asks for too much at a time"};
    busy_.emplace(door.busy->requests);
    if (door.busy->requests > door.allowed.max_requests)
      return error{errc::exhausted, "too many requests at a time"};
    if (!hold(length))
      return error{errc::exhausted, "too many bytes at a time"};
    return {};
  }

  /// Refuses in the form of the request, which its first byte shows: that mostly comes with the
  /// header.
  void refuse_as_asked(const error& why) {
    grant_.reset();
    busy_.reset();
    held_.reset();
    arm(form_time);
    asio::async_read(stream_, asio::dynamic_buffer(body_, 1), asio::transfer_exactly(1),
                     [self = self(), why](error_code failed, std::size_t) {
                       const auto as = cmc::encoding_of(to_bytes(self->body_));
                       if (!failed && as)
                         self->as_ = *as;
                       self->refuse(why);
                     });
  }

  /// Takes so much of the bytes that all may have. @returns whether they are there.
  bool hold(std::size_t size) {
    held_.reset();
    if (size <= small_body_bytes)
      return true;
    held_.emplace(site_->door.busy->body_bytes, size);
    return site_->door.busy->body_bytes <= site_->door.allowed.max_body_bytes;
  }

  /// Room is made as bytes come, not as they are announced.
  void read_body(std::size_t length) {
    arm(site_->door.allowed.body_time);
    asio::async_read(stream_, asio::dynamic_buffer(body_, length), asio::transfer_exactly(length),
                     [self = self()](error_code why, std::size_t) {
                       if (!why)
                         self->serve();
                       else if (self->is_late())
                         self->refuse({errc::timeout, "frame.payload: took too long"});
                     });
  }

  void serve() {
    disarm();
    seen_.received_bytes = body_.size();
    const auto as = cmc::encoding_of(to_bytes(std::string_view{body_}.substr(0, 1)));
    if (!as)
      return refuse(as.error());
    as_ = *as;
    answer_at_door(site_->door, {who_, {seen_.id, seen_.trace}}, which_, std::move(body_), as_,
                   [self = self()](result<bytes> made) {
                     asio::post(self->stream_.get_executor(),
                                [self, made = std::move(made)]() mutable {
                                  self->on_answer(std::move(made));
                                });
                   });
  }

  void on_answer(result<bytes> made) {
    if (!made)
      return refuse(made.error());
    if (!hold(made->size()))
      return refuse({errc::exhausted, "too many bytes at a time"});
    send(static_cast<std::uint32_t>(which_), *std::move(made));
  }

  void refuse(const error& why) {
    seen_.code = troth::name(why.code);
    seen_.why = why.where;
    send(cmc::error_frame, cmc::write(cmc::error_message{told(why)}, as_));
  }

  void send(std::uint32_t type, bytes payload) {
    out_ = std::move(payload);
    header_ = make_header(out_.size(), type);
    seen_.sent_bytes = out_.size();
    seen_.time = steady_clock::now() - begun_;
    site_->door.observe(seen_);
    arm(site_->door.allowed.body_time);
    const std::array<asio::const_buffer, 2> parts{asio::buffer(header_), asio::buffer(out_)};
    asio::async_write(stream_, parts, [self = self()](error_code why, std::size_t) {
      self->grant_.reset();
      self->busy_.reset();
      self->held_.reset();
      if (!why)
        self->hang_up();
    });
  }

  const std::shared_ptr<socket_site> site_;
  const net::share place_;
  const caller who_;
  steady_clock::time_point begun_;
  door_observation seen_;
  frame_header header_{};
  std::string body_;
  bytes out_;
  bool is_idle_ = false;
  cmc::operation which_ = cmc::operation::attest;
  report::encoding as_ = report::encoding::json; // of an answer, until the request shows its own
  std::unique_ptr<net::concurrency_limiter::grant> grant_;
  std::optional<net::share> busy_;
  std::optional<net::share> held_;
};

} // namespace

std::shared_ptr<net::connection_handle> serve_socket(stream socket, caller who,
                                                     const std::shared_ptr<socket_site>& what) {
  auto made = std::make_shared<session>(std::move(socket), std::move(who), what);
  made->start();
  return made;
}

} // namespace troth::services
