#include "shared/http/request.hpp"

#include "shared/base/text.hpp"
#include "shared/http/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <exception>

namespace troth::http {

namespace {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;

error broken(const atls::connection& by, const error_code& why, bool is_late) {
  if (is_late)
    return {errc::timeout, "HTTP: no answer in time"};
  if (const auto state = by.state(); !state && state.error().code != errc::io)
    return state.error();
  return {why == bhttp::error::body_limit ? errc::too_large : errc::io, "HTTP: " + why.message()};
}

/// One request on its way.
struct sending {
  std::shared_ptr<pool> with;
  target to;
  request message;
  std::chrono::milliseconds patience_each;
  std::size_t max_body_bytes;
  std::function<void(result<answered>)> then;

  awaitable<void> run() {
    auto made = co_await with->take(to.to);
    if (!made)
      co_return then(made.error());
    auto peer = *std::move(made);
    bool is_late = false;
    patience waiting{peer.get_executor(), patience_each, [&] {
                       is_late = true;
                       peer.close();
                     }};
    error_code why;
    co_await bhttp::async_write(peer, message, into(why));
    bhttp::response_parser<bhttp::string_body> answer;
    answer.header_limit(max_header_bytes);
    answer.body_limit(max_body_bytes);
    answer.skip(message.method() == bhttp::verb::head);
    boost::beast::flat_buffer buffer;
    if (!why)
      co_await bhttp::async_read(peer, buffer, answer, into(why));
    if (why)
      co_return then(broken(peer, why, is_late));
    auto by = peer.who();
    if (answer.keep_alive() && buffer.size() == 0)
      with->give_back(to.to, std::move(peer));
    then(answered{answer.release(), std::move(by)});
  }
};

/// @see RFC 9110, 7.2
std::string host_field(const atls::address& of) {
  const auto is_number = of.host.find(':') != std::string::npos; // of IPv6
  return (is_number ? '[' + of.host + ']' : of.host) + (of.port == "443" ? "" : ':' + of.port);
}

} // namespace

result<target> read_url(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  const error bad{errc::malformed, "not https://HOST[:PORT]/PATH: " + std::string{url}};
  // What is not of a URL would be of the request: a line's end, and all that comes behind it.
  const auto is_visible = std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!url.starts_with(scheme) || !is_visible)
    return bad;
  url.remove_prefix(scheme.size());
  const auto path = url.find_first_of("/?#");
  const auto authority = url.substr(0, path);
  target out{{}, path == std::string_view::npos ? "/" : std::string{url.substr(path)}};
  if (out.path.front() != '/')
    out.path.insert(0, 1, '/');
  out.path.erase(std::min(out.path.find('#'), out.path.size()));
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  out.to = {std::string{authority.substr(0, colon)},
            colon == std::string_view::npos ? "443" : std::string{authority.substr(colon + 1)}};
  auto& host = out.to.host;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("[]@\\\"<>^`{|}") != std::string::npos
      || !is_port(out.to.port) || out.to.port == "0")
    return bad;
  return out;
}

client::client(const asio::any_io_executor& on, const dialling& how,
               std::chrono::milliseconds patience_each, std::size_t max_body_bytes)
  : on_(on), pool_(std::make_shared<pool>(on, how)), patience_(patience_each),
    max_body_bytes_(max_body_bytes) {
  // nop
}

void client::async_send(const target& to, request message,
                        std::function<void(result<answered>)> then) {
  message.target(to.path);
  if (message.find(bhttp::field::host) == message.end())
    message.set(bhttp::field::host, host_field(to.to));
  message.prepare_payload();
  const auto one = std::make_shared<sending>(
    sending{pool_, to, std::move(message), patience_, max_body_bytes_, std::move(then)});
  asio::co_spawn(
    asio::make_strand(on_), [one]() -> awaitable<void> { co_await one->run(); },
    [one](const std::exception_ptr& thrown) {
      if (thrown)
        one->then(error{errc::internal, "HTTP: the request"});
    });
}

result<answered> client::send(asio::io_context& loop, const target& to, request message) {
  std::optional<result<answered>> out;
  async_send(to, std::move(message), [&](result<answered> done) { out.emplace(std::move(done)); });
  loop.restart();
  while (!out && loop.run_one() > 0)
    continue;
  return out ? *std::move(out) : error{errc::internal, "HTTP: nobody told what became of it"};
}

} // namespace troth::http
