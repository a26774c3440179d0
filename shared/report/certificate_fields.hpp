#pragma once

#include "shared/base/time.hpp"
#include "shared/codec/fields.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/certificate_details.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

// How a result shows certificates: cmc's result 3.4.0, X509CertExtracted.

namespace troth::report {

/// A certificate as a result shows it.
struct shown_certificate {
  crypto::certificate whole;
  crypto::certificate_details details;
  std::vector<std::string> known_usages;   ///< Extended key usages that the reference names.
  std::vector<std::string> unknown_usages; ///< The others, as OIDs.
};

shown_certificate show(const crypto::certificate& certificate);

/// A period as the reference writes it.
struct shown_period {
  std::string not_before;
  std::string not_after;
};

/// Returns `2026-11-24 09:43:36 +0000 UTC`.
inline std::string shown_time(time_point when) {
  auto out = format_time(when);
  std::ranges::replace(out, 'T', ' ');
  out.pop_back();
  return out + " +0000 UTC";
}

struct shown_extension {
  const crypto::extension& whole;
};

void describe(auto& fields, const shown_period& x) {
  fields.required({"notBefore", 0}, x.not_before);
  fields.required({"notAfter", 1}, x.not_after);
}

struct shown_name {
  const crypto::name_attributes& whole;
};

void describe(auto& fields, const shown_name& x) {
  fields.optional({"country", 0}, x.whole.countries);
  fields.optional({"organization", 1}, x.whole.organizations);
  fields.optional({"organizationalUnit", 2}, x.whole.organizational_units);
  fields.optional({"locality", 3}, x.whole.localities);
  fields.optional({"province", 4}, x.whole.provinces);
  fields.optional({"streetAddress", 5}, x.whole.streets);
  fields.optional({"postalCode", 6}, x.whole.postal_codes);
  fields.optional({"serialNumber", 7}, x.whole.serial_number);
  fields.optional({"commonName", 8}, x.whole.common_name);
}

void describe(auto& fields, const shown_extension& x) {
  fields.required({"id", 0}, x.whole.oid);
  fields.required({"critical", 1}, x.whole.critical);
  fields.required({"value", 2}, x.whole.value);
}

void describe(auto& fields, const shown_certificate& x) {
  const auto all = x.whole.extensions();
  const std::vector<shown_extension> extensions{all.begin(), all.end()};
  fields.required({"version", 0}, x.details.version);
  fields.required({"serialNumber", 1}, x.whole.serial());
  fields.required({"issuer", 2}, shown_name{x.details.issuer});
  fields.required({"subject", 3}, shown_name{x.details.subject});
  fields.required({"validity", 4},
                  shown_period{shown_time(x.whole.not_before()), shown_time(x.whole.not_after())});
  fields.required({"keyUsage", 5}, x.details.key_usages);
  fields.required({"signatureAlgorithm", 6}, x.details.signature_algorithm);
  fields.required({"publicKeyAlgorithm", 7}, x.details.public_key_algorithm);
  fields.required({"publicKey", 8}, x.whole.key().pem());
  fields.required({"pkixExtensions", 9}, extensions);
  fields.optional({"extKeyUsage", 10}, x.known_usages);
  fields.optional({"unknownExtKeyUsage", 11}, x.unknown_usages);
  fields.required({"basicConstraintsValid", 12}, x.details.has_basic_constraints);
  fields.optional({"isCA", 13}, x.whole.is_ca());
  fields.optional({"maxPathLen", 14}, x.details.path_length);
  fields.optional({"maxPathLenZero", 15}, x.whole.is_ca() && x.details.path_length == 0);
  fields.required({"subjectKeyId"}, codec::hexed(x.details.subject_key_id));
  fields.optional({"authorityKeyId", 16}, codec::hexed(x.details.authority_key_id));
  fields.optional({"dnsNames", 17}, x.whole.dns_names());
  fields.optional({"ipAddresses", 19}, x.whole.ip_addresses());
  fields.optional({"uris", 20}, x.whole.uris());
}

} // namespace troth::report
