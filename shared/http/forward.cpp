#include "shared/http/acceptor.hpp"
#include "shared/http/session.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <charconv>

namespace troth::http {

namespace {

namespace asio = boost::asio;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;

/// Splits `HOST:PORT`, where an IPv6 address is in brackets.
std::optional<atls::address> address_in(std::string text, const char* port_if_none) {
  const auto end = text.find(']');
  const auto colon = text.find(':', end == std::string::npos ? 0 : end);
  atls::address out{text.substr(0, colon),
                    colon == std::string::npos ? port_if_none : text.substr(colon + 1)};
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']')
    out.host = out.host.substr(1, out.host.size() - 2);
  unsigned port = 0;
  const auto* const last = out.port.data() + out.port.size();
  const auto [stop, why] = std::from_chars(out.port.data(), last, port);
  if (out.host.empty() || why != std::errc{} || stop != last || port == 0 || port > 65535)
    return std::nullopt;
  return out;
}

/// Takes the address out of an absolute target, and leaves what the server is to see.
std::optional<atls::address> take_address(bhttp::request_header<>& of) {
  constexpr std::string_view scheme = "http://";
  const std::string target{of.target()};
  if (!target.starts_with(scheme))
    return std::nullopt;
  const auto path = target.find_first_of("/?#", scheme.size());
  auto authority = target.substr(scheme.size(), path - scheme.size());
  authority.erase(0, authority.rfind('@') + 1);
  auto out = address_in(authority, "80");
  auto rest = path == std::string::npos ? std::string{"/"} : target.substr(path);
  if (rest.front() != '/')
    rest.insert(0, 1, '/');
  of.target(rest);
  of.set(bhttp::field::host, authority);
  return out;
}

/// Passes on bytes until one side ends or nothing moves.
template <class From, class To>
awaitable<void> pour(From& from, To& to, patience& waiting, std::function<void()> end) {
  const auto step = std::make_unique<std::array<char, step_bytes>>();
  error_code why;
  while (!why) {
    const auto size = co_await from.async_read_some(asio::buffer(*step), into(why));
    if (why)
      break;
    waiting.restart();
    co_await asio::async_write(to, asio::buffer(step->data(), size), into(why));
  }
  end();
}

// What a coroutine awaits is called with named values: GCC 12 destroys some temporaries twice.
class forwarding : public std::enable_shared_from_this<forwarding> {
public:
  forwarding(tcp::socket client, service_settings settings, std::shared_ptr<pool> with,
             acceptor::place held)
    : client_(std::move(client)), settings_(std::move(settings)), pool_(std::move(with)),
      held_(std::move(held)) {
    // nop
  }

  asio::any_io_executor executor() { return client_.get_executor(); }

  awaitable<void> run() {
    const auto self = shared_from_this();
    patience waiting{client_.get_executor(), settings_.patience, [this] { close(); }};
    for (bool goes_on = true; goes_on;) {
      waiting.restart();
      auto asked = co_await next_request(client_, buffer_);
      if (!asked)
        break;
      goes_on = asked->get().method() == bhttp::verb::connect
                  ? co_await tunnel(*asked, waiting)
                  : co_await forward_one(*asked, waiting);
    }
    close();
  }

private:
  awaitable<bool> refuse(const std::string& about, const error& why, unsigned status) {
    if (settings_.on_failure)
      settings_.on_failure(about, why);
    const auto text = to_string(why);
    co_await answer_error(client_, status, text, false);
    co_return false;
  }

  awaitable<bool> tunnel(request_parser& asked, patience& waiting) {
    const std::string target{asked.get().target()};
    const auto to = address_in(target, "");
    if (!to) {
      const error bad{errc::malformed, "CONNECT: expected HOST:PORT"};
      co_return co_await refuse(target, bad, bad_request);
    }
    auto made = co_await pool_->dial(*to);
    if (!made)
      co_return co_await refuse(target, made.error(), status_of(made.error().code));
    const auto peer = std::make_shared<atls::connection>(*std::move(made));
    static constexpr std::string_view ready = "HTTP/1.1 200 Connection established\r\n\r\n";
    error_code why;
    co_await asio::async_write(client_, asio::buffer(ready), into(why));
    if (!why)
      co_await asio::async_write(*peer, buffer_.data(), into(why)); // what came with the request
    if (why)
      co_return false;
    waiting.pause(); // what moves has its own
    const std::function<void()> end = [self = shared_from_this(), peer] {
      peer->close();
      self->close();
    };
    patience moving{client_.get_executor(), settings_.patience, end};
    auto back = pour(*peer, client_, moving, end);
    const auto ended = std::make_shared<asio::steady_timer>(client_.get_executor(),
                                                            asio::steady_timer::time_point::max());
    asio::co_spawn(client_.get_executor(), std::move(back),
                   [ended](const std::exception_ptr&) { ended->expires_at({}); });
    co_await pour(client_, *peer, moving, end);
    co_await ended->async_wait(into(why)); // it uses what is ours
    tell_end(target, *peer);
    co_return false;
  }

  /// A peer that lost our trust on the way is no usual end.
  void tell_end(const std::string& target, const atls::connection& peer) {
    const auto state = peer.state();
    if (settings_.on_failure && !state && state.error().code != errc::io
        && state.error().code != errc::unavailable)
      settings_.on_failure(target, state.error());
  }

  awaitable<bool> forward_one(request_parser& asked, patience& waiting) {
    auto& header = asked.get();
    const std::string target{header.target()};
    const auto to = take_address(header);
    if (!to) {
      const error bad{errc::malformed, "expected an http: URL, or CONNECT"};
      co_return co_await refuse(target, bad, bad_request);
    }
    const auto about = to->host + ':' + to->port;
    auto made = co_await pool_->take(*to);
    if (!made)
      co_return co_await refuse(about, made.error(), status_of(made.error().code));
    auto peer = *std::move(made);
    co_await allow_body(client_, asked);
    const auto keeps = header.keep_alive();
    remove_hops(header);
    header.keep_alive(true);
    waiting.pause(); // what moves has its own
    patience answering{client_.get_executor(), settings_.patience, [&peer] { peer.close(); }};
    boost::beast::flat_buffer buffer;
    auto done = co_await exchange(client_, buffer_, asked, peer, buffer, answering);
    waiting.restart();
    if (!done.why.empty() && settings_.on_failure)
      settings_.on_failure(about, peer.state() ? error{errc::io, done.why} : peer.state().error());
    if (!done.is_answered)
      co_return co_await refuse_late(peer, done.why);
    if (done.keeps_up && buffer.size() == 0)
      pool_->give_back(*to, std::move(peer));
    const bool goes_on = keeps && done.keeps_down;
    co_return goes_on;
  }

  awaitable<bool> refuse_late(const atls::connection& peer, const std::string& why) {
    const auto state = peer.state();
    const auto text = state ? "io: the server does not answer: " + why : to_string(state.error());
    co_await answer_error(client_, 502, text, false);
    co_return false;
  }

  void close() {
    error_code ignored;
    client_.shutdown(tcp::socket::shutdown_both, ignored);
    client_.close(ignored);
  }

  tcp::socket client_;
  const service_settings settings_;
  const std::shared_ptr<pool> pool_;
  const acceptor::place held_;
  boost::beast::flat_buffer buffer_;
};

} // namespace

result<std::shared_ptr<service>> forward(const asio::any_io_executor& on,
                                         const service_settings& settings, const dialling& how) {
  const auto with = std::make_shared<pool>(on, how);
  const auto made = std::make_shared<acceptor>(
    on, settings, [settings, with](tcp::socket client, acceptor::place held) {
      const auto one = std::make_shared<forwarding>(std::move(client), settings, with,
                                                    std::move(held));
      asio::co_spawn(
        one->executor(), [one]() -> awaitable<void> { co_await one->run(); }, asio::detached);
    });
  if (auto opened = made->open(); !opened)
    return opened.error();
  return std::shared_ptr<service>{made};
}

} // namespace troth::http
