#pragma once

#include "shared/base/result.hpp"
#include "shared/http/fields.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// What proxies, servers and clients of this room do alike with a stream.

namespace troth::http {

using boost::asio::awaitable;
using error_code = boost::system::error_code;
using request_parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
using response_parser = boost::beast::http::response_parser<boost::beast::http::buffer_body>;

inline constexpr std::uint32_t max_header_bytes = 64 * 1024;
inline constexpr auto any_size = std::numeric_limits<std::uint64_t>::max(); ///< It passes through.
inline constexpr std::size_t step_bytes = std::size_t{16} * 1024;

inline auto into(error_code& why) {
  return boost::asio::redirect_error(boost::asio::use_awaitable, why);
}

/// Ends what takes too long: `give_up` runs unless it is restarted or gone by then.
class patience {
public:
  patience(const boost::asio::any_io_executor& on, std::chrono::milliseconds each,
           std::function<void()> give_up)
    : timer_(on), each_(each), give_up_(std::make_shared<std::function<void()>>(give_up)) {
    restart();
  }
  patience(const patience&) = delete;
  patience& operator=(const patience&) = delete;
  ~patience() { timer_.cancel(); }

  /// Waits for nothing until it is restarted.
  void pause() { timer_.cancel(); }

  void restart() {
    timer_.expires_after(each_);
    timer_.async_wait([weak = std::weak_ptr{give_up_}](const error_code& why) {
      const auto act = weak.lock();
      if (!why && act)
        (*act)();
    });
  }

private:
  boost::asio::steady_timer timer_;
  std::chrono::milliseconds each_;
  std::shared_ptr<std::function<void()>> give_up_;
};

/// What became of one request and its response.
struct exchanged {
  bool is_answered = false; ///< The response, or a part of it, is with who asked.
  bool keeps_down = false;  ///< Who asked may ask again on this connection.
  bool keeps_up = false;    ///< So may we.
  std::string why;          ///< What went wrong, if something did.
};

/// Passes a body on as it comes. Its header was read, and is not sent yet.
/// @returns nothing, or what broke.
template <bool IsRequest, class From, class To>
awaitable<error_code>
pass_on(From& from, boost::beast::flat_buffer& buffer,
        boost::beast::http::parser<IsRequest, boost::beast::http::buffer_body>& message, To& to,
        patience& waiting) {
  namespace bhttp = boost::beast::http;
  bhttp::serializer<IsRequest, bhttp::buffer_body> out{message.get()};
  error_code why;
  co_await bhttp::async_write_header(to, out, into(why));
  const auto step = std::make_unique<std::array<char, step_bytes>>();
  while (!why && !message.is_done()) {
    auto& body = message.get().body();
    body.data = step->data();
    body.size = step->size();
    waiting.restart();
    co_await bhttp::async_read_some(from, buffer, message, into(why));
    if (why == bhttp::error::need_buffer)
      why = {};
    if (why)
      break;
    body.size = step->size() - body.size;
    body.data = step->data();
    body.more = !message.is_done();
    if (body.size == 0 && body.more)
      continue;
    co_await bhttp::async_write(to, out, into(why));
    if (why == bhttp::error::need_buffer || why == bhttp::error::end_of_stream)
      why = {};
  }
  co_return why;
}

/// Passes one request up and its response down.
/// @param asked the request, its header read and as it is to be sent.
template <class Down, class Up>
awaitable<exchanged> exchange(Down& down, boost::beast::flat_buffer& down_buffer,
                              request_parser& asked, Up& up, boost::beast::flat_buffer& up_buffer,
                              patience& waiting) {
  namespace bhttp = boost::beast::http;
  exchanged out;
  const auto is_head = asked.get().method() == bhttp::verb::head;
  const auto keeps = asked.get().keep_alive();
  auto why = co_await pass_on(down, down_buffer, asked, up, waiting);
  std::optional<response_parser> answer;
  while (!why && (!answer || answer->get().result_int() < 200)) { // 1xx: not the answer yet
    answer.emplace();
    answer->header_limit(max_header_bytes);
    answer->body_limit(any_size);
    answer->skip(is_head);
    waiting.restart();
    co_await bhttp::async_read_header(up, up_buffer, *answer, into(why));
  }
  if (why) {
    out.why = why.message();
    co_return out;
  }
  out.keeps_up = answer->keep_alive();
  out.keeps_down = keeps && (answer->is_done() || !answer->need_eof());
  remove_hops(answer->get());
  answer->get().keep_alive(out.keeps_down);
  out.is_answered = true;
  why = co_await pass_on(up, up_buffer, *answer, down, waiting);
  if (why) {
    out.keeps_up = out.keeps_down = false;
    out.why = why.message();
  }
  co_return out;
}

/// Says that it did not work.
template <class Down>
awaitable<error_code>
answer_error(Down& down, unsigned status, std::string_view text, bool keeps_alive) {
  namespace bhttp = boost::beast::http;
  bhttp::response<bhttp::string_body> out{static_cast<bhttp::status>(status), 11};
  out.set(bhttp::field::content_type, "text/plain; charset=utf-8");
  out.body() = std::string{text} + '\n';
  out.keep_alive(keeps_alive);
  out.prepare_payload();
  error_code why;
  co_await bhttp::async_write(down, out, into(why));
  co_return why;
}

/// Lets a client go on that waits for leave to send its body.
template <class Down>
awaitable<void> allow_body(Down& down, const request_parser& asked) {
  if (!boost::beast::iequals(asked.get()[boost::beast::http::field::expect], "100-continue"))
    co_return;
  static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  error_code ignored;
  co_await boost::asio::async_write(down, boost::asio::buffer(go_on), into(ignored));
}

/// Reads the header of the next request.
/// @returns nothing if there is none.
template <class Down>
awaitable<std::unique_ptr<request_parser>>
next_request(Down& down, boost::beast::flat_buffer& buffer) {
  auto out = std::make_unique<request_parser>();
  out->header_limit(max_header_bytes);
  out->body_limit(any_size);
  error_code why;
  co_await boost::beast::http::async_read_header(down, buffer, *out, into(why));
  if (!why)
    co_return out;
  const error_code end
    = boost::beast::http::make_error_code(boost::beast::http::error::end_of_stream);
  if (why == end || why.category() != end.category()) // it is gone, or the connection is
    co_return nullptr;
  const auto text = "malformed: " + why.message();
  co_await answer_error(down, 400, text, false);
  co_return nullptr;
}

inline constexpr unsigned bad_request = 400;

/// Returns the status that tells of a peer that is not reached, or is refused.
constexpr unsigned status_of(errc why) noexcept {
  return why == errc::timeout ? 504 : 502;
}

} // namespace troth::http
