#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/certificate.hpp"

#include <span>
#include <vector>

namespace troth::crypto {

/// Returns certificates and nothing else in the form that EST has for them: a SignedData of
/// PKCS #7 that nobody signed, in DER. It keeps no order.
/// @see RFC 7030, section 4.1.3; RFC 5652, section 5.1
bytes certificate_bag(std::span<const certificate> certificates);

/// Reads one.
/// @returns its certificates, one at least; `malformed`, `trailing`; `missing` for an empty one;
///          `too_large` above 64.
/// @note Whether they are to be trusted, it does not say.
result<std::vector<certificate>> read_certificate_bag(byte_view der);

} // namespace troth::crypto
