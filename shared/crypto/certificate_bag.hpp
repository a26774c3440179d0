#pragma once

#include "shared/base/bytes.hpp"
#include "shared/crypto/certificate.hpp"

#include <span>

namespace troth::crypto {

/// Returns certificates and nothing else in the form that EST has for them: a SignedData of
/// PKCS #7 that nobody signed, in DER. It keeps no order.
/// @see RFC 7030, section 4.1.3; RFC 5652, section 5.1
bytes certificate_bag(std::span<const certificate> certificates);

} // namespace troth::crypto
