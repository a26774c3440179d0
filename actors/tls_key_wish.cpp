#include "actors/tls_key_wish.hpp"

#include "actors/tls_key_values.hpp"
#include "shared/codec/utf8.hpp"
#include "shared/crypto/host_name.hpp"

#include <algorithm>
#include <utility>

namespace troth::actors {

namespace {

constexpr std::size_t max_common_name = 64; // X.520: ub-common-name

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
}

/// Returns whether `text` is an address and nothing else.
bool is_address(const std::string& text) {
  return !crypto::address_bytes(text).empty() && text.find('\0') == std::string::npos;
}

bool is_name_of_host(const std::string& text) {
  return crypto::is_host_name(text) && !is_address(text);
}

result<void> check_names(const crypto::request_content& names) {
  if (names.common_name.empty() && names.dns_names.empty() && names.ip_addresses.empty())
    return error{errc::missing, "commonName, dnsNames or ipAddresses"};
  if (names.common_name.size() > max_common_name || !is_printable_ascii(names.common_name))
    return error{errc::malformed, "commonName: expected at most 64 printable characters"};
  if (names.dns_names.size() > max_tls_key_names || names.ip_addresses.size() > max_tls_key_names)
    return error{errc::too_large, "names: over " + std::to_string(max_tls_key_names)};
  if (!std::ranges::all_of(names.dns_names, is_name_of_host))
    return error{errc::malformed, "dnsNames: expected names of hosts, without *"};
  if (!std::ranges::all_of(names.ip_addresses, is_address))
    return error{errc::malformed, "ipAddresses: expected addresses of IPv4 or IPv6"};
  return {};
}

} // namespace

result<tls_key_wish> check_tls_key_wish(std::string kind, std::string algorithm,
                                        crypto::request_content names, std::string owner) {
  if (kind.empty())
    return error{errc::missing, "kind"};
  if (kind != tls_key_kind::tpm && kind != tls_key_kind::sw)
    return error{errc::unsupported, "kind: expected tpm or sw"};
  if (algorithm.empty())
    return error{errc::missing, "algorithm"};
  const auto of = read_tls_algorithm(algorithm);
  if (!of)
    return of.error();
  if (const auto good = check_names(names); !good)
    return good.error();
  if (owner.size() > max_tls_key_owner || !codec::is_utf8(owner))
    return error{errc::malformed, "caller: expected at most 256 bytes of UTF-8"};
  return tls_key_wish{std::move(kind), std::move(algorithm), *of, std::move(names),
                      std::move(owner)};
}

result<tls_key_wish> read_tls_key_wish(const protocol::tls_key_request& request) {
  return check_tls_key_wish(request.kind, request.algorithm,
                            {request.common_name, request.dns_names, request.ip_addresses},
                            request.caller);
}

} // namespace troth::actors
