#include "shared/http/pool.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>

#include <optional>

namespace troth::http {

namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

std::string key_of(const atls::address& to) {
  return to.host + '\n' + to.port;
}

/// Returns whether nothing has come since: neither the peer's farewell, nor what nobody asked for.
bool is_quiet(atls::connection& of) {
  if (!of.state())
    return false;
  char first = 0;
  const auto n = recv(of.lowest_layer().native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/// What becomes of it goes by way of a box: it can only be moved, and handlers are copied.
using box = std::shared_ptr<std::optional<result<atls::connection>>>;

asio::awaitable<box> begin_dial(const asio::any_io_executor& on, const dialling& how,
                                atls::address to) {
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(box)>(
    [on, how, to = std::move(to)](auto handler) {
      const auto then = std::make_shared<decltype(handler)>(std::move(handler));
      atls::async_dial(on, to, how.tls, how.with, [then](result<atls::connection> made) {
        asio::post(asio::get_associated_executor(*then),
                   [then, done = std::make_shared<box::element_type>(std::move(made))] {
                     std::move (*then)(done);
                   });
      });
    },
    asio::use_awaitable);
}

} // namespace

pool::pool(asio::any_io_executor on, dialling how, limits most)
  : on_(std::move(on)), how_(std::move(how)), most_(most) {
  // nop
}

asio::awaitable<result<atls::connection>> pool::dial(atls::address to) const {
  const auto done = co_await begin_dial(on_, how_, std::move(to));
  co_return std::move(**done);
}

asio::awaitable<result<atls::connection>> pool::take(atls::address to) {
  if (auto found = take_idle(key_of(to)))
    co_return std::move(found->connection);
  co_return co_await dial(std::move(to));
}

std::unique_ptr<pool::kept> pool::take_idle(const std::string& key) {
  const std::lock_guard lock{mutex_};
  auto& there = idle_[key];
  while (!there.empty()) {
    auto out = std::make_unique<kept>(std::move(there.back()));
    there.pop_back();
    if (out->until > steady_clock::now() && is_quiet(out->connection))
      return out;
  }
  idle_.erase(key);
  return nullptr;
}

void pool::give_back(const atls::address& to, atls::connection used) {
  const std::lock_guard lock{mutex_};
  auto& there = idle_[key_of(to)];
  std::erase_if(there, [](const kept& each) { return each.until <= steady_clock::now(); });
  if (there.size() < most_.max_idle_each)
    there.push_back({std::move(used), steady_clock::now() + most_.max_idle});
}

std::size_t pool::idle() const {
  const std::lock_guard lock{mutex_};
  std::size_t out = 0;
  for (const auto& [key, each] : idle_)
    out += each.size();
  return out;
}

} // namespace troth::http
