#pragma once

#include "shared/crypto/certificate.hpp"

#include <string>
#include <string_view>

namespace troth::crypto {

/// Returns whether `text` is the name of one host: labels of 1 to 63 letters, digits and hyphens,
/// none of these first or last, 253 characters in all, and the last label not of digits only, as an
/// address ends. No `*`, no dot at the end.
/// @see RFC 1123, section 2.1
bool is_dns_name(std::string_view text);

/// Returns whether `text` is an address of IPv4 or IPv6.
bool is_ip_address(const std::string& text);

/// Returns whether a certificate is issued to a host: one of its dNSNames matches, in any case, or
/// where `host` is an address in text, one of its iPAddresses is that. The common name counts for
/// nothing, and `*` stands for a whole label only.
/// @see RFC 9525, section 6
bool is_issued_to(const certificate& holder, const std::string& host);

} // namespace troth::crypto
