#pragma once

#include "shared/base/bytes.hpp"
#include "shared/crypto/certificate.hpp"

#include <string>
#include <string_view>

namespace troth::crypto {

/// Returns whether this is a host's name: labels of 1 to 63 letters, digits, `-` and `_`, not `-`
/// at either end, 253 characters at most. A wildcard is none.
/// @see RFC 1123, section 2.1; `_` for the names that machines give themselves
bool is_host_name(std::string_view name) noexcept;

/// Returns the 4 or 16 bytes of an address in text; none if it is of neither version.
bytes address_bytes(const std::string& text);

/// Returns whether a certificate is issued to a host: one of its dNSNames matches, in any case, or
/// where `host` is an address in text, one of its iPAddresses is that. The common name counts for
/// nothing, and `*` stands for a whole label only.
/// @see RFC 9525, section 6
bool is_issued_to(const certificate& holder, const std::string& host);

} // namespace troth::crypto
