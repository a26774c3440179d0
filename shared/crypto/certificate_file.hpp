#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/certificate.hpp"

namespace troth::crypto {

/// Reads a certificate from where either form occurs; of several in PEM the first.
/// @returns as `certificate::from_pem` for what begins as PEM does, else as `from_der`.
result<certificate> read_certificate_file(byte_view content);

} // namespace troth::crypto
