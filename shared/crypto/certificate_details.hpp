#pragma once

#include "shared/base/bytes.hpp"
#include "shared/crypto/certificate.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troth::crypto {

/// The common attributes of a distinguished name, in UTF-8. Not the whole of it: see
/// `certificate::subject` for that.
struct name_attributes {
  std::vector<std::string> countries;
  std::vector<std::string> organizations;
  std::vector<std::string> organizational_units;
  std::vector<std::string> localities;
  std::vector<std::string> provinces;
  std::vector<std::string> streets;
  std::vector<std::string> postal_codes;
  std::string serial_number;
  std::string common_name;
};

/// What a certificate says, for people: what an attestation result shows of it.
struct certificate_details {
  std::uint64_t version; ///< 3 for X.509v3.
  name_attributes issuer;
  name_attributes subject;
  std::vector<std::string> key_usages; ///< `Digital Signature`, `Cert Sign` and so on.
  std::string signature_algorithm;     ///< `ECDSA-SHA256`, `SHA384-RSAPSS` and so on.
  std::string public_key_algorithm;    ///< `ECDSA`, `RSA`, `Ed25519`, `Unknown`.
  bool has_basic_constraints;
  std::int64_t path_length; ///< -1: unlimited, or no CA.
  bytes subject_key_id;     ///< Empty: none.
  bytes authority_key_id;   ///< Empty: none.
};

/// Takes a certificate apart for showing it. Slow beside `certificate::from_der`: nothing
/// decides by it.
/// @note The names are those of the reference's results, which are Go's.
certificate_details details_of(const certificate& certificate);

} // namespace troth::crypto
