#pragma once

#include "services/http/site.hpp"
#include "shared/base/result.hpp"
#include "shared/link/address.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace troth::services::http {

/// PEM files of a listener that speaks TLS 1.3.
struct tls_files {
  std::string certificate; ///< And the chain above it. Empty: plain HTTP.
  std::string key;
  std::string client_ca; ///< Whose certificates clients must have; empty: none needed.
};

/// Serves a site at one address, in threads of its own.
class listener {
public:
  /// @returns `io` if the address or a file cannot be used.
  static result<std::unique_ptr<listener>> open(const link::address& at, const tls_files& tls,
                                                std::shared_ptr<site> what, std::size_t threads);

  /// Stops at once.
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// Returns where it listens, with the real port.
  const link::address& where() const noexcept;

  /// Takes no new connections, ends those that wait, and gives the others this much time.
  void stop(std::chrono::milliseconds patience);

private:
  class implementation;
  explicit listener(std::unique_ptr<implementation> parts);
  std::unique_ptr<implementation> parts_;
};

} // namespace troth::services::http
