#pragma once

#include "shared/codec/fields.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/certificate_details.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// How the attestation result shows a certificate: cmc's X509CertExtracted. Written, never read.

namespace troth::report {

struct name_entry {
  crypto::name_attributes parts;
};

void describe(auto& fields, const name_entry& x) {
  fields.optional({"country", 0}, x.parts.country);
  fields.optional({"organization", 1}, x.parts.organization);
  fields.optional({"organizationalUnit", 2}, x.parts.organizational_unit);
  fields.optional({"locality", 3}, x.parts.locality);
  fields.optional({"province", 4}, x.parts.province);
  fields.optional({"streetAddress", 5}, x.parts.street_address);
  fields.optional({"postalCode", 6}, x.parts.postal_code);
  fields.optional({"serialNumber", 7}, x.parts.serial_number);
  fields.optional({"commonName", 8}, x.parts.common_name);
}

struct period_entry {
  std::string not_before;
  std::string not_after;
};

void describe(auto& fields, const period_entry& x) {
  fields.required({"notBefore", 0}, x.not_before);
  fields.required({"notAfter", 1}, x.not_after);
}

struct extension_entry {
  crypto::extension parts;
};

void describe(auto& fields, const extension_entry& x) {
  fields.required({"id", 0}, x.parts.oid);
  fields.required({"critical", 1}, x.parts.critical);
  fields.required({"value", 2}, x.parts.value);
}

/// A certificate in words.
struct certificate_entry {
  crypto::certificate_details details;
  std::string serial;
  name_entry issuer;
  name_entry subject;
  period_entry valid;
  std::vector<std::string_view> key_usages;
  std::string_view signature_algorithm;
  std::string_view key_algorithm;
  std::string key; ///< PEM
  std::vector<extension_entry> extensions;
  std::vector<std::string_view> extended_key_usages;
  std::vector<std::string> unknown_extended_key_usages; ///< Dotted OIDs.
  std::int64_t max_path_length = 0;                     ///< -1: unlimited.
  bool is_max_path_length_zero = false; ///< What tells a 0 from no basic constraints.
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  std::vector<std::string> uris;
};

void describe(auto& fields, const certificate_entry& x) {
  fields.required({"version", 0}, x.details.version);
  fields.required({"serialNumber", 1}, x.serial);
  fields.required({"issuer", 2}, x.issuer);
  fields.required({"subject", 3}, x.subject);
  fields.required({"validity", 4}, x.valid);
  fields.required({"keyUsage", 5}, x.key_usages);
  fields.required({"signatureAlgorithm", 6}, x.signature_algorithm);
  fields.required({"publicKeyAlgorithm", 7}, x.key_algorithm);
  fields.required({"publicKey", 8}, x.key);
  fields.required({"pkixExtensions", 9}, x.extensions);
  fields.optional({"extKeyUsage", 10}, x.extended_key_usages);
  fields.optional({"unknownExtKeyUsage", 11}, x.unknown_extended_key_usages);
  fields.required({"basicConstraintsValid", 12}, x.details.has_basic_constraints);
  fields.optional({"isCA", 13}, x.details.claims_ca);
  fields.optional({"maxPathLen", 14}, x.max_path_length);
  fields.optional({"maxPathLenZero", 15}, x.is_max_path_length_zero);
  fields.required({"subjectKeyId"}, codec::hexed(x.details.subject_key_id)); // has no number
  fields.optional({"authorityKeyId", 16}, codec::hexed(x.details.authority_key_id));
  fields.optional({"dnsNames", 17}, x.dns_names);
  fields.optional({"emailAddresses", 18}, x.details.email_addresses);
  fields.optional({"ipAddresses", 19}, x.ip_addresses);
  fields.optional({"uris", 20}, x.uris);
}

/// Puts a certificate into words.
certificate_entry entry_of(const crypto::certificate& from);

} // namespace troth::report

namespace troth::codec {

template <>
struct wire_form<crypto::certificate> {
  using type = report::certificate_entry;

  static type write(const crypto::certificate& value) { return report::entry_of(value); }
};

} // namespace troth::codec
