#include "shared/link/address.hpp"

#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace troth::link {

namespace {

constexpr std::size_t max_host_bytes = 255; // RFC 1035, 2.3.4

constexpr std::size_t max_path_bytes = sizeof(sockaddr_un::sun_path) - 1; // and a NUL
constexpr std::string_view unix_scheme = "unix://";
constexpr std::string_view tls_scheme = "tls://";

bool is_host(std::string_view text) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789.-_:%";
  return text.size() <= max_host_bytes && text.find_first_not_of(allowed) == std::string_view::npos;
}

} // namespace

result<address> parse_address(std::string_view text) {
  const auto refused = [&](const char* why) {
    return error{errc::malformed, "address: " + std::string{text.substr(0, 64)} + ": " + why};
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return refused("expected host:port");
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return refused("an IPv6 address stands in brackets");
  const auto digits = text.substr(colon + 1);
  std::uint32_t port = 0;
  const auto [end, why] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || why != std::errc{} || end != digits.data() + digits.size()
      || port > std::numeric_limits<std::uint16_t>::max())
    return refused("expected a port from 0 to 65535");
  if (!is_host(host))
    return refused("no name or number of a host");
  return address{std::string{host}, static_cast<std::uint16_t>(port)};
}

std::string to_string(const address& where) {
  const auto is_v6 = where.host.find(':') != std::string::npos;
  return (is_v6 ? '[' + where.host + ']' : where.host) + ':' + std::to_string(where.port);
}

bool is_loopback(std::string_view host) noexcept {
  return host == "localhost" || host == "::1"
         || (host.starts_with("127.")
             && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

result<endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with(unix_scheme)) {
    const auto path = text.substr(unix_scheme.size());
    const auto is_printable = std::ranges::all_of(path, [](char c) { return c > ' ' && c != 127; });
    if (!path.starts_with('/') || path.ends_with('/') || !is_printable)
      return error{errc::malformed,
                   "address: " + std::string{unix_scheme} + " is followed by an absolute path"};
    if (path.size() > max_path_bytes)
      return error{errc::too_large, "address: a path of " + std::to_string(path.size())
                                      + " bytes, at most " + std::to_string(max_path_bytes)};
    return endpoint{std::string{path}};
  }
  if (text.starts_with(tls_scheme))
    text.remove_prefix(tls_scheme.size());
  else if (text.find("://") != std::string_view::npos)
    return error{errc::malformed, "address: " + std::string{text.substr(0, 64)}
                                    + ": expected unix:///PATH or tls://HOST:PORT"};
  auto at = parse_address(text);
  if (!at)
    return at.error();
  return endpoint{{}, *std::move(at)};
}

std::string to_string(const endpoint& where) {
  return where.is_local() ? std::string{unix_scheme} + where.path
                          : std::string{tls_scheme} + to_string(where.at);
}

} // namespace troth::link
