#pragma once

#include "tools/terminal/sheet.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace troth::testtool {

/// How much of it.
enum class amount : std::uint8_t {
  failures,   ///< All that was judged in one line each; in detail what did not pass.
  everything, ///< Each measured thing and each rule.
};

struct table_options {
  terminal::screen to = terminal::screen::plain;
  amount details = amount::failures;
  std::size_t width = 100;
};

/// Draws an attestation result for people: the verdict, what was measured register by register,
/// the metadata, and each rule that did not pass with what it got and what it expected.
///
/// @param result as `report::write_result` writes it in JSON. Its texts are the attester's: what
///        could move a cursor is shown and not done.
/// @returns lines of `width` columns at most.
std::string render_table(const nlohmann::json& result, const table_options& options);

} // namespace troth::testtool
