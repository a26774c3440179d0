#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstdint>
#include <optional>
#include <variant>

namespace troth::evidence::tpm {

/// What the TPM enforces for an object.
/// @see TPM 2.0 Library, Part 2, 8.3 (TPMA_OBJECT)
struct object_attributes {
  std::uint32_t value; ///< As it stands in the public area.
  bool fixed_tpm;
  bool st_clear;
  bool fixed_parent;
  bool sensitive_data_origin;
  bool user_with_auth;
  bool admin_with_policy;
  bool firmware_limited;
  bool svn_limited;
  bool no_da;
  bool encrypted_duplication;
  bool restricted;
  bool decrypt;
  bool sign; ///< Or encrypt, for a symmetric key.
  bool x509_sign;
};

/// How an object protects its children. `algorithm` is `alg::null` if it has none.
struct symmetric_definition {
  std::uint16_t algorithm;
  std::uint16_t key_bits;
  std::uint16_t mode;
};

struct rsa_parameters {
  std::uint16_t key_bits;
  std::uint32_t exponent; ///< 65537 where the TPM wrote 0 for it.
  bytes modulus;          ///< `key_bits / 8` bytes; empty in a template.
};

/// TPM_ECC_CURVE of the curves we know.
namespace curve {
inline constexpr std::uint16_t nist_p256 = 0x0003;
inline constexpr std::uint16_t nist_p384 = 0x0004;
inline constexpr std::uint16_t nist_p521 = 0x0005;
} // namespace curve

struct ecc_parameters {
  std::uint16_t curve_id;
  std::uint16_t kdf; ///< TPM_ALG_ID, `alg::null` for keys that sign.
  bytes x;           ///< Big-endian, as the TPM wrote it.
  bytes y;
};

/// The public part of a key in a TPM. Parsed: nothing says yet that a TPM holds it.
struct public_area {
  bytes exact; ///< The TPMT_PUBLIC this was parsed from. Its name is `name_algorithm`'s id,
               ///< followed by the digest of these bytes.
  hash_algorithm name_algorithm;
  object_attributes attributes;
  bytes auth_policy;
  symmetric_definition symmetric;
  std::uint16_t scheme; ///< TPM_ALG_ID, `alg::null` if each use chooses its own.
  std::optional<hash_algorithm> scheme_hash;
  std::variant<rsa_parameters, ecc_parameters> key;
};

/// Parses a TPMT_PUBLIC of an RSA or ECC key.
///
/// @returns the public area; `unsupported` for other object types and for algorithms we do
///          not know; `malformed` if a reserved attribute is set or the modulus is not of its
///          size; `truncated`, `trailing`, `too_large` if the shape is wrong.
/// @note Whether the attributes are those of an attestation key is for the judge.
/// @see TPM 2.0 Library, Part 2, 12.2.4 (TPMT_PUBLIC)
result<public_area> parse_public_area(byte_view tpmt_public);

/// Parses a TPM2B_PUBLIC: the same behind its length, which must be exact.
/// @see TPM 2.0 Library, Part 2, 12.2.5 (TPM2B_PUBLIC)
result<public_area> parse_sized_public_area(byte_view tpm2b_public);

} // namespace troth::evidence::tpm
