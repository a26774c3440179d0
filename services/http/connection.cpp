#include "services/http/connection.hpp"

#include "services/http/message.hpp"
#include "services/http/tls.hpp"
#include "services/http/trace.hpp"
#include "services/net/timed_stream.hpp"
#include "shared/wire/media_type.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace troth::services::http {

namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t read_bytes = 4096;
constexpr std::size_t small_body_bytes = std::size_t{64} * 1024; // not worth being counted
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

/// One connection. All of it runs on the socket's strand.
template <class Stream>
class connection final : public net::timed_stream<Stream> {
  using base = net::timed_stream<Stream>;
  using base::arm;
  using base::buffer_;
  using base::stream_;

public:
  connection(Stream stream, std::shared_ptr<site> what)
    : base(std::move(stream)), site_(std::move(what)), place_(site_->connections),
      is_surplus_(site_->connections > site_->allowed.max_connections) {
    site_->count_connections(site_->connections);
    error_code ignored;
    const auto remote = stream_.lowest_layer().remote_endpoint(ignored);
    client_ = ignored ? "unknown" : remote.address().to_string();
  }

  ~connection() override { site_->count_connections(site_->connections - 1); }

  void start() {
    asio::dispatch(stream_.get_executor(), [self = self()] { self->greet(); });
  }

  void stop() override {
    asio::post(stream_.get_executor(), [self = self()] {
      if (self->is_idle_)
        self->stream_.lowest_layer().cancel();
    });
  }

private:
  auto self() { return std::static_pointer_cast<connection>(this->shared_from_this()); }

  void greet() {
    if constexpr (base::is_tls) {
      if (is_surplus_)
        return; // a handshake is the dear part
      arm(site_->allowed.header_time);
      stream_.async_handshake(asio::ssl::stream_base::server, [self = self()](error_code why) {
        if (why)
          return;
        self->certificate_names_ = peer_names(self->stream_.native_handle());
        self->wait(self->site_->allowed.header_time);
      });
    } else if (is_surplus_) {
      turn_away();
    } else {
      wait(site_->allowed.header_time);
    }
  }

  void turn_away() {
    begun_ = steady_clock::now();
    next();
    refuse({{503, "exhausted", "too many connections at a time"}});
  }

  /// Waits for the first byte of a request.
  void wait(milliseconds patience) {
    if (buffer_.size() > 0)
      return read_header();
    is_idle_ = true;
    arm(patience);
    stream_.async_read_some(buffer_.prepare(read_bytes),
                            [self = self()](error_code why, std::size_t size) {
                              self->is_idle_ = false;
                              if (why || self->site_->is_stopping)
                                return;
                              self->buffer_.commit(size);
                              self->read_header();
                            });
  }

  /// Forgets the last request.
  void next() {
    asked_ = {};
    asked_.id = site_->make_id();
    match_ = {};
    received_ = 0;
  }

  void read_header() {
    begun_ = steady_clock::now();
    next();
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(site_->allowed.max_header_bytes));
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max()); // the route decides
    arm(site_->allowed.header_time);
    beast_http::async_read_header(stream_, buffer_, *parser_,
                                  [self = self()](error_code why, std::size_t size) {
                                    if (why)
                                      self->on_broken(why, "header");
                                    else
                                      self->on_header(size);
                                  });
  }

  void on_broken(error_code why, const char* part) {
    if (this->is_late())
      return refuse({{408, "timeout", std::string{part} + ": took too long"}});
    if (auto refused = refusal_of(why))
      refuse(*std::move(refused));
  }

  /// @param size of the header. Beast holds one to its limit only if it comes in parts.
  void on_header(std::size_t size) {
    auto header = header_of(*parser_);
    header.shown.certificate_names = certificate_names_;
    asked_.method = header.method;
    asked_.path = path_of(header.target);
    asked_.query = query_of(header.target);
    asked_.media_type = wire::media_type_of(header.content_type);
    asked_.content_type = header.content_type;
    asked_.accept = header.accept;
    asked_.trace = continue_trace(header.trace, site_->make_id() + asked_.id + asked_.id);
    asked_.prefer = header.prefer;
    asked_.idempotency_key = header.idempotency_key;
    must_close_ = header.has_body; // until it has been read
    if (size > site_->allowed.max_header_bytes)
      return refuse(*refusal_of(beast_http::error::header_limit), true);
    if (auto refused = check_framing(*parser_))
      return refuse(*std::move(refused), true);
    auto chosen = choose(site_->routes, header, site_->authenticate);
    if (auto* refused = std::get_if<refusal>(&chosen)) {
      asked_.who = refused->who;
      return refuse(std::move(*refused));
    }
    match_ = std::get<match>(chosen);
    asked_.produces = match_.produces;
    asked_.parameters = match_.parameters;
    asked_.who = match_.who;
    if (const auto wait = too_often())
      return refuse({{429, "rate_limited", "this caller asks too often"},
                     {{"Retry-After", std::to_string(wait->count())}}});
    if (!is_granted())
      return refuse(
        {{429, "rate_limited", "this caller asks for too much at a time"}, {{"Retry-After", "1"}}});
    if (!take_shares(header))
      return refuse({{503, "exhausted", "too many requests at a time"}});
    parser_->body_limit(match_.to->max_body_bytes);
    if (header.has_body && expects_continue(*parser_))
      consent();
    else
      read_body();
  }

  /// Returns how long the caller has to wait before it may ask again, if it has to.
  std::optional<std::chrono::seconds> too_often() {
    if (match_.to->is_open)
      return std::nullopt;
    return site_->busy->callers.refuse(asked_.who.name, steady_clock::now());
  }

  /// Counts the request as one of its caller's. @returns whether it may have another.
  bool is_granted() {
    if (match_.to->is_open)
      return true;
    grant_.reset(); // the last one's, of a refusal
    grant_ = site_->busy->at_once.admit(asked_.who.name);
    return grant_ != nullptr;
  }

  /// Takes what the request may use of what all share. @returns whether that is there.
  bool take_shares(const request_header& header) {
    if (match_.to->is_open)
      return true;
    busy_.emplace(site_->busy->requests);
    const auto size = header.length.value_or(header.has_body ? match_.to->max_body_bytes : 0);
    return site_->busy->requests <= site_->allowed.max_requests && hold(size);
  }

  /// Takes so much of the bytes that all may have. @returns whether they are there.
  bool hold(std::size_t size) {
    body_.reset();
    if (size <= small_body_bytes)
      return true;
    body_.emplace(site_->busy->body_bytes, size);
    return site_->busy->body_bytes <= site_->allowed.max_body_bytes;
  }

  /// Tells the client to send the body.
  void consent() {
    arm(site_->allowed.body_time);
    asio::async_write(stream_, asio::buffer(go_on), [self = self()](error_code why, std::size_t) {
      if (!why)
        self->read_body();
    });
  }

  void read_body() {
    arm(site_->allowed.body_time);
    beast_http::async_read(stream_, buffer_, *parser_,
                           [self = self()](error_code why, std::size_t) {
                             if (why)
                               self->on_broken(why, "body");
                             else
                               self->serve();
                           });
  }

  void serve() {
    this->disarm();
    must_close_ = false;
    auto whole = asked_;
    whole.body = std::move(parser_->get().body());
    received_ = whole.body.size();
    match_.to->serve(std::move(whole), [self = self(), turn = turn_](response what) {
      asio::post(self->stream_.get_executor(), [self, turn, what = std::move(what)]() mutable {
        if (turn == self->turn_)
          self->answer(std::move(what));
      });
    });
  }

  void refuse(refusal&& why, bool is_last = false) {
    must_close_ |= is_last || !parser_ || !parser_->is_header_done();
    auto out = problem_response(why.what, asked_.id);
    for (auto& header : why.headers)
      out.headers.push_back(std::move(header));
    answer(std::move(out));
  }

  void answer(response what) {
    ++turn_; // a second answer to this request comes too late
    if (!hold(what.body.size())) {
      body_.reset();
      what = problem_response({503, "exhausted", "too many bytes at a time"}, asked_.id);
    }
    static const std::string none;
    site_->observe({asked_, what, match_.to != nullptr ? match_.to->path : none,
                    match_.to != nullptr && match_.to->is_open, client_, received_,
                    what.body.size(), steady_clock::now() - begun_});
    const auto is_read = parser_ && parser_->is_header_done();
    must_close_ |= site_->is_stopping || !is_read || !parser_->keep_alive();
    const auto version = is_read ? parser_->get().version() : 11;
    out_.emplace(
      to_message(std::move(what), asked_, version, !must_close_, std::chrono::system_clock::now()));
    arm(site_->allowed.body_time);
    beast_http::async_write(stream_, *out_, [self = self()](error_code why, std::size_t) {
      self->out_.reset();
      self->busy_.reset();
      self->grant_.reset();
      self->body_.reset();
      if (why)
        return;
      if (self->must_close_)
        self->hang_up();
      else
        self->wait(self->site_->allowed.idle_time);
    });
  }

  const std::shared_ptr<site> site_;
  const net::share place_;
  const bool is_surplus_;
  std::string client_;
  std::vector<std::string> certificate_names_;

  bool is_idle_ = false;
  bool must_close_ = false;
  std::uint64_t turn_ = 0; ///< Counts answers.
  steady_clock::time_point begun_;
  std::optional<parser> parser_;
  std::unique_ptr<net::concurrency_limiter::grant> grant_;
  std::optional<net::share> busy_;
  std::optional<net::share> body_;
  std::size_t received_ = 0;
  request asked_;
  match match_{};
  std::optional<message> out_;
};

template <class Stream>
std::shared_ptr<net::connection_handle> begin(Stream stream, const std::shared_ptr<site>& what) {
  auto made = std::make_shared<connection<Stream>>(std::move(stream), what);
  made->start();
  return made;
}

} // namespace

std::shared_ptr<net::connection_handle> serve(tcp::socket socket, asio::ssl::context* tls,
                                              const std::shared_ptr<site>& what) {
  if (tls != nullptr)
    return begin(net::tls_stream{std::move(socket), *tls}, what);
  return begin(std::move(socket), what);
}

} // namespace troth::services::http
