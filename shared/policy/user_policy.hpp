#pragma once

#include "shared/policy/script.hpp"
#include "shared/report/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troth::policy {

/// The rule that a script is, in the findings of a result.
inline constexpr std::string_view script_rule = "policy.script";

struct user_script {
  std::string name;
  std::string text;
};

/// Whether a script may put a result of its own in the place of ours.
enum class replacing : std::uint8_t { refused = 1, allowed };

/// The scripts that judge every result, one after the other.
struct user_policies {
  std::vector<user_script> scripts;
  replacing replaces = replacing::refused;
};

/// Runs one script over the JSON of a result: `run_script`.
using script_runner = std::function<result<script_answer>(std::string_view, byte_view)>;

/// Has scripts judge a result, and adds a finding for each: a failure makes the result fail, and
/// nothing makes it better.
///
/// A text that a script answers with replaces the result, if that is allowed and the text is a JSON
/// object whose `summary.status` is no better; the next script sees it. Else it is a failure.
///
/// @returns the replacement, if there is one; an error only for a malfunction of ours, when no
///          verdict can be given: `unavailable`.
result<std::optional<std::string>> judge(report::attestation_result& value, const user_policies& by,
                                         const script_runner& run);

} // namespace troth::policy
