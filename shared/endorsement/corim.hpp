#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/codec/signed_message.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/endorsement/corim_meta.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

// Concise Reference Integrity Manifests: what a vendor or builder says that measurements are when
// all is well.

namespace troth::endorsement {

inline constexpr std::size_t max_corim_bytes = std::size_t{1024} * 1024;
inline constexpr std::size_t max_corim_tags = 64;      ///< CoMIDs of a CoRIM.
inline constexpr std::size_t max_corim_values = 4'096; ///< Measurements of all of them.

/// One measurement of a reference-value triple, with the environment that it is of.
struct corim_value {
  std::string vendor;               ///< Of the environment's class; may be empty.
  std::string model;                ///< Likewise.
  std::optional<std::uint64_t> key; ///< `mkey`; none: there is none.
  std::string name;                 ///< May be empty.
  std::string version;              ///< Likewise.
  std::vector<digest> digests;      ///< Each of another algorithm.
  std::optional<bytes> raw_value;   ///< What was measured, as it is.
};

/// A CoRIM, as far as it has reference values.
struct corim {
  std::string id;      ///< Text, or a UUID in hex.
  std::string profile; ///< URI, or an OID in hex; empty: none.
  corim_validity valid;
  std::vector<corim_value> values; ///< One at least.
};

/// Reads an unsigned CoRIM: tag 501, which may stand in the tag 500 of former drafts.
///
/// Fails closed: what would narrow the values and is not understood is refused, and so are triples
/// of any other kind. Entities, languages and dependent RIMs are passed over.
///
/// @returns the CoRIM; `unsupported` for another tag, a CoSWID or CoTL, triples that are no
///          reference values, environments of one instance or group, measured values other than
///          digests, raw values, names and versions, keys of measurements that are no number, and
///          algorithms we do not know; `missing` for one without a value; `malformed`; `too_large`
///          over a cap; `truncated`, `trailing`.
/// @note Compares no time.
/// @see draft-ietf-rats-corim-09, sections 4.1 and 5.1; CBOR: definite lengths, keys in any order
result<corim> parse_corim(byte_view input);

/// A signed CoRIM: the bytes of an unsigned one, and one signature with its certificates.
struct signed_corim {
  bytes payload; ///< For `parse_corim`.
  codec::signature_entry signature;
  corim_meta meta;
};

/// Reads a signed CoRIM: a COSE_Sign1 (tag 18), which may stand in the tags 500 and 502 of former
/// drafts.
/// @returns as `codec::parse_cose_sign1` and `parse_corim_meta`; `too_large`; `missing` without
///          certificates.
/// @note Verifies no signature, and compares no time.
/// @see draft-ietf-rats-corim-09, section 4.2
result<signed_corim> parse_signed_corim(byte_view input);

/// Reads a signed CoRIM that a code signer under one of `roots` has signed. It is valid no longer
/// than its signature says that that is.
/// @returns as the two above; `expired` where the signature says that it is not valid now; what
/// `crypto::verify_chain` and `crypto::public_key::verify` do.
result<corim> authenticate_corim(byte_view input, std::span<const crypto::certificate> roots,
                                 time_point now);

} // namespace troth::endorsement
