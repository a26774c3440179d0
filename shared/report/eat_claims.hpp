#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/cmw.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troth::report {

/// The profile of claims sets (EAT) that carry a report, as the claim `cmw`.
inline constexpr std::string_view report_eat_profile = "tag:troth.example,2026:report";

/// What a claims set of our profile says. Other claims are passed over.
struct eat_claims {
  std::vector<bytes> nonces;           ///< `eat_nonce`, in JSON base64url; empty: none is told.
  std::optional<std::int64_t> expires; ///< Seconds since 1970, as the two below.
  std::optional<std::int64_t> not_before;
  std::optional<std::int64_t> issued_at;
  std::vector<cmw_record> wrapped; ///< `cmw`, one record at least.
};

/// Reads a claims set: a JSON object, or a CBOR map without a tag.
/// @returns the claims; `unsupported` for another profile than ours, or none; `missing` without
///          `cmw`; `malformed`, also for a claim twice and a time that is no integer; and as
///          `parse_cmw`.
/// @see RFC 9711, sections 4.1 and 6; RFC 8392, section 3; RFC 9999, section 4.3
result<eat_claims> parse_eat_claims(byte_view input, encoding as);

} // namespace troth::report
