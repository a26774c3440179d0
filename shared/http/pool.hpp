#pragma once

#include "shared/atls/connection.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace troth::http {

/// How we dial.
struct dialling {
  atls::tls_context tls;
  atls::settings with;
};

/// Attested connections that are kept for the next request: one attestation serves all that are
/// sent over a connection, as long as `settings::renewal` does not have it made again.
class pool {
public:
  struct limits {
    std::size_t max_idle_each = 8; ///< For one address.
    std::chrono::milliseconds max_idle{std::chrono::seconds{60}};
  };

  pool(boost::asio::any_io_executor on, dialling how) : pool(std::move(on), std::move(how), {}) {
    // nop
  }
  pool(boost::asio::any_io_executor on, dialling how, limits most);

  /// Returns a connection that is idle, or a new one.
  /// @returns what `async_dial` has.
  boost::asio::awaitable<result<atls::connection>> take(atls::address to);

  /// Returns a new one.
  boost::asio::awaitable<result<atls::connection>> dial(atls::address to) const;

  /// Keeps one whose last response was read to its end.
  void give_back(const atls::address& to, atls::connection used);

  std::size_t idle() const;

private:
  struct kept {
    atls::connection connection;
    std::chrono::steady_clock::time_point until;
  };

  std::unique_ptr<kept> take_idle(const std::string& key);

  const boost::asio::any_io_executor on_;
  const dialling how_;
  const limits most_;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<kept>> idle_;
};

} // namespace troth::http
