#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/key.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troth::metatool {

/// Signs as `crypto::private_key::sign` does.
using sign_with = std::function<result<bytes>(signature_algorithm, byte_view message)>;

/// Who signs: a key, in a file or in a TPM, and the certificates that speak for it, leaf first.
struct identity {
  crypto::public_key key;
  sign_with sign;
  std::vector<crypto::certificate> certificates;
};

enum class signature_format : std::uint8_t { jws, cose };

/// How RSA keys sign: the reference reads PKCS #1 alone.
enum class rsa_padding : std::uint8_t { pkcs1, pss };

/// Makes an identity of PEM texts.
/// @param certificates of the leaf first; each may hold several.
/// @returns it; `malformed`; `conflict` if the first certificate is of another key.
result<identity> make_identity(std::string_view key_pem,
                               const std::vector<std::string>& certificate_pems);

/// The same of a key that is elsewhere.
result<identity> make_identity(const crypto::public_key& key, sign_with sign,
                               const std::vector<std::string>& certificate_pems);

/// Returns the identities whose leaf may not sign metadata: without EKU codeSigning, or for TLS
/// or a TPM as well. Verifiers refuse them by default.
std::vector<std::string> unfit_signers(std::span<const identity> signers);

/// Signs a metadata item, RSA keys with SHA-256, the others with what fits their curve.
/// @note The reference reads neither RSA-PSS nor EdDSA.
/// @param payload unsigned, JSON or CBOR.
/// @returns the JWS (general JSON serialisation) or COSE_Sign; what `report::parse_metadata`
///          returns if `payload` is no item; `missing` without signers; `unsupported` for a key
///          that the format has no algorithm for.
result<bytes> sign(byte_view payload, std::span<const identity> signers, signature_format as,
                   rsa_padding padding = rsa_padding::pkcs1);

} // namespace troth::metatool
