#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/client/gateway.hpp"
#include "shared/client/gateway_attester.hpp"
#include "shared/policy/user_policy.hpp"
#include "shared/report/faces.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace troth::client {

/// Where an appraisal is made, and against what.
struct appraisal_options {
  bool in_process = false;              ///< Else by the gateway.
  std::filesystem::path roots;          ///< PEM: for every role that has none of its own.
  std::filesystem::path metadata_roots; ///< PEM, in-process only.
  std::filesystem::path ak_roots;       ///< PEM, in-process only.
  std::filesystem::path
    status_roots;     ///< PEM, in-process only. Empty, as `roots`: no status counts.
  std::string policy; ///< A name; in-process also a file. Empty: cmc-compat if `roots` are given.
  std::optional<time_point> time;                ///< Nothing: now.
  std::filesystem::path signing_key;             ///< PEM, in-process only: signs tokens.
  std::string ear_profile{report::ietf_profile}; ///< Of these tokens.
  std::string build;                             ///< Of this program, for them.
  std::vector<std::filesystem::path> scripts;    ///< In-process only: they judge the result.
  bool scripts_may_replace = false;
  policy::script_limits script_limits;
};

/// A report and what it must answer: one of the two, never both.
struct question {
  byte_view report;
  std::optional<bytes> nonce;
  std::optional<std::string> challenge_id = {}; ///< For a gateway only.
  /// Instead of the options' policy: a name; in-process also a policy in JSON. Empty: theirs.
  std::string policy = {};
  std::string peer = {}; ///< For a gateway: whose metadata it may have kept.
};

/// Gives the attestation result, whatever its verdict, under the face asked for; or the reason
/// why there is none.
using appraiser = std::function<result<bytes>(const question&, report::face)>;

/// Makes an appraiser that calls the appraisal in this process.
/// @param now asked at each appraisal, unless the options have a time.
/// @note Its tokens tell of roots and a time that the caller chose: the key is the caller's, too.
/// @returns it; `missing` without roots; `not_found` for a policy that is neither a name nor a
///          file; what the parsers of certificates and policies return.
result<appraiser> appraise_in_process(const appraisal_options& options,
                                      std::function<time_point()> now);

/// Makes an appraiser that asks a gateway.
/// @returns it; `unsupported` for what only works in-process.
result<appraiser> appraise_at_gateway(const appraisal_options& options, gateway asked);

/// Makes the appraiser that the options want.
/// @param connect called if that is one at a gateway.
/// @returns it; what the two above and `connect` return.
result<appraiser> open_appraiser(const appraisal_options& options,
                                 const std::function<result<gateway>()>& connect,
                                 std::function<time_point()> now);

/// Has an appraiser judge peers. The order's `policies` are the policy of the question.
report_judge judge_by(appraiser with);

} // namespace troth::client
