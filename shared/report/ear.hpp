#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/report.hpp"
#include "shared/report/trust_vector.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// EAT Attestation Results: the claims that a relying party reads.
// @see draft-ietf-rats-ear-04; RFC 9711

namespace troth::report {

/// The claims' names: implementations in use differ in them, and in the type of one.
enum class ear_dialect : std::uint8_t {
  veraison2023 = 1, ///< `ear.status`: Veraison's libraries, Trustee.
  ietf,             ///< `ear_status`: the drafts from -03 on.
};

/// Profiles without a number, which mark the older dialect.
inline constexpr std::string_view veraison_profile = "tag:github.com,2023:veraison/ear";
inline constexpr std::string_view trustee_profile
  = "tag:github.com,2024:confidential-containers/Trustee";

/// The profile of the newest draft we know.
inline constexpr std::string_view ietf_profile = "tag:ietf.org,2026:rats/ear#04";

/// Returns in which dialect the tokens of a profile are: `veraison2023` for the two above, else
/// `ietf`.
ear_dialect dialect_of(std::string_view profile) noexcept;

/// What was found of one part of an attester.
struct ear_appraisal {
  trust_tier status = trust_tier::contraindicated; ///< No better than the vector's worst claim.
  trust_vector vector;                             ///< Left out where empty.
  std::vector<std::string> policy_ids; ///< In the order they were applied; may be empty.
};

/// The claims of an attestation result.
struct ear_claims {
  std::string profile;
  std::int64_t issued_at = 0;             ///< Seconds since 1970.
  std::optional<std::int64_t> expires;    ///< The same.
  std::optional<std::int64_t> not_before; ///< The same. Only read.
  std::string issuer;                     ///< Empty: not told.
  std::vector<std::string> audience;      ///< Empty: not told.
  std::string nonce;                      ///< That the evidence answered, base64url; may be empty.
  std::string developer;                  ///< Of the verifier.
  std::string build;                      ///< Of the verifier.
  std::optional<trust_tier> status;       ///< Of all together; not in the older dialect.
  std::map<std::string, ear_appraisal> parts; ///< One at least: `submods`.
};

/// Reads the claims of a JWT, or of a CWT. Those that are not described above are passed over.
/// @returns the claims, with statuses that their vectors allow; `missing`; `malformed`, also for a
///          time that is no integer and for a status or vector of other values; `conflict` for a
///          status better than what it sums up; `too_large` over a cap; what the parsers of JSON
///          and CBOR return.
/// @note Does not compare profile, times, nonce, audience and policies with anything: `verify_ear`
///       does.
result<ear_claims> parse_ear_claims(byte_view input, encoding as);

/// Writes claims in the dialect of their profile: JSON text, or canonical CBOR.
bytes write_ear_claims(const ear_claims& claims, encoding as);

} // namespace troth::report
