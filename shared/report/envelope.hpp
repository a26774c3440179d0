#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <optional>
#include <string_view>

// What a report can arrive in: conceptual message wrappers, and claims sets with one in them,
// signed or not. An envelope never makes a verdict better: what is in a report is proved by its
// evidence. What an envelope says must hold nevertheless, or nobody gets the report out of it.

namespace troth::report {

inline constexpr std::string_view report_json_media_type = "application/vnd.troth.report+json";
inline constexpr std::string_view report_cbor_media_type = "application/vnd.troth.report+cbor";

/// Takes a report out of its envelope: a wrapper (CMW) with one report in it, a claims set (EAT) of
/// our profile, or either as the payload of a JWT, a JWS or a COSE_Sign1; or one of these in a
/// wrapper.
///
/// Each signature must be of an attestation key that the report itself brings: of the TPM, or of
/// the software anchor. Keys and certificates in headers are not looked at. Nonces must be the
/// report's, and times those of `now`, give or take a minute.
///
/// @returns nothing if `input` is no envelope, so that it is a report or nothing we know; the
///          report; `missing` for an envelope without a report; `conflict` for several reports, and
///          for another nonce than the report's; `unsupported` for claims of another profile, and
///          for an algorithm that we do not take; `untrusted` where the report brings no key that
///          could have signed; `bad_signature`; `expired`, also before its time; `malformed` also
///          for a report in another encoding than its type says; `too_large` for more than four
///          envelopes within each other; and as `parse_cmw`, `parse_eat_claims`, `parse_report`.
/// @see RFC 9999; RFC 9711; RFC 9781; docs/results.md
result<std::optional<bytes>> unwrap_report(byte_view input, time_point now);

} // namespace troth::report
