#pragma once

#include "shared/crypto/certificate.hpp"

namespace troth::crypto {

/// Copies a certificate that a TLS peer has shown out of OpenSSL's hands.
/// @param from may be null: it showed none.
/// @returns `malformed`, and as `certificate::from_der`.
result<certificate> read_shown_certificate(const x509_st* from);

} // namespace troth::crypto
