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

/// How large a policy can be.
inline constexpr std::size_t max_policy_bytes = std::size_t{256} * 1024;

/// Checks the body of a request for a challenge: nothing, or `{}`.
/// @returns `malformed`, `unknown_key`, and as `members::parse`.
result<void> check_challenge_request(std::string_view body);

/// Writes `{"id", "nonce", "expires"}`, the nonce in base64.
std::string write_challenge(const protocol::challenge& from);

/// A report that is asked for, and whose peer's items it may leave out: of nobody if it is empty.
struct attestation {
  protocol::attest_request request;
  std::string peer;
};

/// Reads `{"nonce", "encoding"?, "peer"?}`. An absent encoding stays empty.
/// @returns `missing`; `malformed` for a nonce not of 8 to 64 bytes; `unsupported` for another
///          encoding than `json` or `cbor`; `unknown_key`; and as `members::parse`.
result<attestation> read_attestation(std::string_view body);

/// Reads `{"level"}`: `debug`, `info`, `warning` or `error`.
/// @returns `missing`, `unsupported`, `unknown_key`, and as `members::parse`.
result<std::string> read_log_level(std::string_view body);

/// Reads `{"default"?}`: whether a policy that becomes active is for everybody.
/// @returns `malformed`, `unknown_key`, and as `members::parse`.
result<bool> read_activation(std::string_view body);

/// An appraisal to try a policy with: `request` has its document, or the version is named here.
struct policy_trial {
  protocol::appraisal_request request;
  std::string name;
  std::string version;
};

/// Reads `{"policy", "report", "nonce"}`, the policy as it is, or as `NAME@VERSION`.
/// @returns as `read_appraisal`.
result<policy_trial> read_policy_trial(std::string_view body, std::size_t max_report_bytes);

/// Reads `{"policy", "time"?}`: a trial on a report that was kept, of which `request.kept` is left
/// open.
/// @returns as `read_appraisal`.
result<policy_trial> read_kept_trial(std::string_view body);

/// Reads `{"report", "challengeId" | "nonce", "policy"?, "roots"?, "time"?, "peer"?}`. The report
/// is base64, or the JSON report itself. What the result shall be is left open.
/// @returns `missing`; `malformed`, also for both a challenge and a nonce; `too_large` over
///          `max_report_bytes`; `unknown_key`; and as `members::parse`.
result<protocol::appraisal_request> read_appraisal(std::string_view body,
                                                   std::size_t max_report_bytes);

} // namespace troth::wire
