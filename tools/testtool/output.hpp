#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/faces.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/testtool/result_view.hpp"
#include "tools/testtool/table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troth::testtool {

enum class output_format : std::uint8_t { table, json, cbor, html, ear_jwt, ear_cwt };

/// Returns what must be asked for, for that output.
report::face face_for(output_format format) noexcept;

struct output_options {
  output_format format = output_format::table;
  table_options table;
};

/// An attestation result, ready to be printed.
struct printable_result {
  verdict says = verdict::fail;
  std::string text;
  std::vector<std::string> failed_rules; ///< Their ids; of JSON only.
};

/// Makes a result ready: a table, or as it came.
///
/// @param result under the face that the format asks for.
/// @returns it; `malformed` and what the parsers return if it cannot be read.
/// @note Verifies no token: the one who made it was asked for it.
result<printable_result> present(byte_view result, const output_options& options);

/// Returns what a token comes to: the worst of its statuses, where saying nothing is a `fail`.
verdict verdict_of(const report::ear_claims& claims) noexcept;

/// Returns how a process ends that was asked for that verdict.
terminal::exit_code exit_code_for(verdict says) noexcept;

/// Returns how a process ends that a gateway, or a file, refused a report or its appraisal: a
/// challenge that is used up and a report that is too large are failed attestations.
terminal::exit_code exit_code_for_refusal(errc why) noexcept;

} // namespace troth::testtool
