#include "shared/http/acceptor.hpp"
#include "shared/http/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <exception>

namespace troth::http {

namespace {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;

/// One peer that has proved itself, and is answered here.
class serving {
public:
  serving(atls::connection peer, service_settings settings, answering answer,
          std::size_t max_body_bytes, acceptor::place held)
    : peer_(std::move(peer)), settings_(std::move(settings)), answer_(std::move(answer)),
      max_body_bytes_(max_body_bytes), held_(std::move(held)) {
    // nop
  }

  asio::any_io_executor executor() { return peer_.get_executor(); }

  awaitable<void> run() {
    patience waiting{executor(), settings_.patience, [this] { peer_.close(); }};
    for (bool goes_on = true; goes_on;) {
      waiting.restart();
      goes_on = co_await answer_one();
    }
    peer_.close();
  }

private:
  awaitable<bool> answer_one() {
    bhttp::request_parser<bhttp::string_body> asked;
    asked.header_limit(max_header_bytes);
    asked.body_limit(max_body_bytes_);
    error_code why;
    co_await bhttp::async_read(peer_, buffer_, asked, into(why));
    if (why == bhttp::error::body_limit)
      co_await answer_error(peer_, 413, "too_large: the body", false);
    if (why)
      co_return false;
    tell_peer(asked.get(), peer_.who());
    auto answer = answer_to(asked.get());
    answer.keep_alive(asked.get().keep_alive());
    answer.prepare_payload();
    co_await bhttp::async_write(peer_, answer, into(why));
    const bool goes_on = !why && answer.keep_alive();
    co_return goes_on;
  }

  /// Asks who answers. What it throws is a malfunction of its own, not of the peer's.
  response answer_to(const request& asked) {
    try {
      return answer_(asked, peer_.who());
    } catch (const std::exception& why) {
      if (settings_.on_failure)
        settings_.on_failure(peer_.who().address, {errc::internal, why.what()});
      response out{bhttp::status::internal_server_error, asked.version()};
      out.body() = "internal: no answer";
      return out;
    }
  }

  atls::connection peer_;
  const service_settings settings_;
  const answering answer_;
  const std::size_t max_body_bytes_;
  const acceptor::place held_;
  boost::beast::flat_buffer buffer_;
};

} // namespace

result<std::shared_ptr<service>> serve(const asio::any_io_executor& on,
                                       const service_settings& settings, const dialling& how,
                                       answering answer, std::size_t max_body_bytes) {
  return accept_attested(on, settings, how,
                         [settings, answer = std::move(answer),
                          max_body_bytes](atls::connection peer, acceptor::place held) {
                           const auto one = std::make_shared<serving>(std::move(peer), settings,
                                                                      answer, max_body_bytes,
                                                                      std::move(held));
                           asio::co_spawn(
                             one->executor(), [one]() -> awaitable<void> { co_await one->run(); },
                             asio::detached);
                         });
}

} // namespace troth::http
