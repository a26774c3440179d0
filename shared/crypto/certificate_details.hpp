#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/crypto/certificate.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troth::crypto {

/// The attributes of a distinguished name that people look for, in UTF-8.
/// @see RFC 5280, section 4.1.2.4; RFC 4519
struct name_attributes {
  std::vector<std::string> country;
  std::vector<std::string> organization;
  std::vector<std::string> organizational_unit;
  std::vector<std::string> locality;
  std::vector<std::string> province;
  std::vector<std::string> street_address;
  std::vector<std::string> postal_code;
  std::string serial_number; ///< The last one, if there are several.
  std::string common_name;   ///< Likewise.
};

/// What else a certificate says, for people and policies to read.
struct certificate_details {
  std::uint64_t version = 0; ///< 1 to 3.
  name_attributes issuer;
  name_attributes subject;
  std::optional<signature_algorithm> signed_with; ///< Nothing: one that we do not know.
  std::uint32_t key_usage = 0; ///< Bit n (from the lowest) is KeyUsage's bit n; 0: no extension.
  bool has_basic_constraints = false;
  bool claims_ca = false; ///< Of the basic constraints.
  std::optional<std::uint64_t> max_path_length;
  bytes subject_key_id;
  bytes authority_key_id;
  std::vector<std::string> email_addresses; ///< Without those that hold a control character.
};

/// Takes the details out of a certificate; what cannot be read is left out.
certificate_details details_of(const certificate& from);

} // namespace troth::crypto
