#pragma once

#include "shared/base/result.hpp"
#include "shared/protocol/messages.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// The bodies of the REST API, which docs/rest.md describes. What has members that are not
// described there is refused.

namespace troth::wire {

inline constexpr std::string_view json_media_type = "application/json";
inline constexpr std::string_view cbor_media_type = "application/cbor";

/// Returns how large the body of an appraisal with a report of that size can be: base64 makes
/// four characters of three bytes.
constexpr std::size_t max_appraisal_bytes(std::size_t max_report_bytes) noexcept {
  constexpr std::size_t beside_the_report = std::size_t{1024} * 1024;
  return (max_report_bytes + 2) / 3 * 4 + beside_the_report;
}

/// What the bodies of the other requests may have.
inline constexpr std::size_t max_small_body_bytes = 4096;

/// Checks the body of a request for a challenge: nothing, or `{}`.
/// @returns `malformed`, `unknown_key`, and as `members::parse`.
result<void> check_challenge_request(std::string_view body);

/// Writes `{"id", "nonce", "expires"}`, the nonce in base64.
std::string write_challenge(const protocol::challenge& from);

/// Reads `{"nonce", "encoding"?}`. An absent encoding stays empty.
/// @returns `missing`; `malformed` for a nonce not of 8 to 64 bytes; `unsupported` for another
///          encoding than `json` or `cbor`; `unknown_key`; and as `members::parse`.
result<protocol::attest_request> read_attestation(std::string_view body);

/// Reads `{"report", "challengeId" | "nonce", "policy"?, "roots"?, "time"?}`. The report is
/// base64, or the JSON report itself. What the result shall be is left open.
/// @returns `missing`; `malformed`, also for both a challenge and a nonce; `too_large` over
///          `max_report_bytes`; `unknown_key`; and as `members::parse`.
result<protocol::appraisal_request> read_appraisal(std::string_view body,
                                                   std::size_t max_report_bytes);

} // namespace troth::wire
