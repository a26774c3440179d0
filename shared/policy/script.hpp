#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// User policies: JavaScript over a result, run by a process of its own for each question, which
// can do nothing but compute (services/policy). May block for as long as `wall`.

namespace troth::policy {

/// How a script is run.
struct script_limits {
  std::string helper = "troth-policy";  ///< Executable: a path, or looked for in PATH.
  std::chrono::milliseconds wall{5000}; ///< For one question, from start to end.
  std::chrono::seconds cpu{1};          ///< Of the processor.
  std::uint64_t memory_bytes = std::uint64_t{256} * 1024 * 1024; ///< For the script's values.
};

/// What a script says of a result.
struct script_answer {
  bool passes = false;
  std::optional<std::string> replacement; ///< A JSON text to take the result's place.
  std::string remarks = {};               ///< What it wrote to its console, if it does not pass.
};

/// Sees whether a text is a script. Nothing of it runs.
/// @returns `malformed` with the compiler's words; `too_large`; what running one returns, too.
result<void> compile_script(std::string_view script, const script_limits& limits);

/// Runs a script over a result. It passes if the value of its last expression is `true`; a text is
/// a replacement.
/// @param result_json cmc's result, in the script's global variable `json`.
/// @returns the answer; `malformed` if it threw, or its value is neither a boolean nor a text;
///          `timeout` if it took too long; `exhausted` if it took too much memory or recursed too
///          deep; `forbidden` if it did something else than compute; `too_large` for the script,
///          the result or its answer; `unavailable` if the helper cannot be started or is none.
result<script_answer> run_script(std::string_view script, byte_view result_json,
                                 const script_limits& limits);

} // namespace troth::policy
