#pragma once

#include "shared/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troth::link {

/// Where a process listens or is dialled.
struct address {
  std::string host; ///< A name or a number; empty: every interface.
  std::uint16_t port = 0;

  friend bool operator==(const address&, const address&) = default;
  friend auto operator<=>(const address&, const address&) = default;
};

/// Reads `host:port`; an IPv6 host stands in brackets.
/// @returns `malformed`.
result<address> parse_address(std::string_view text);

/// Writes what `parse_address` reads.
std::string to_string(const address& where);

/// Returns whether `host` is a number of the loopback interface, or `localhost`.
bool is_loopback(std::string_view host) noexcept;

/// Where processes of ours meet: a Unix socket, or mutual TLS at an address.
struct endpoint {
  std::string path; ///< Of the Unix socket, absolute; empty: TLS.
  address at{};     ///< For TLS.

  bool is_local() const noexcept { return !path.empty(); }

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// Reads `unix:///path` or `tls://host:port`; a bare `host:port` is the latter, too.
/// @returns `malformed`; `too_large` for a path that the kernel does not take.
result<endpoint> parse_endpoint(std::string_view text);

/// Writes what `parse_endpoint` reads, always with its scheme.
std::string to_string(const endpoint& where);

} // namespace troth::link
