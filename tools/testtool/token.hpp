#pragma once

#include "shared/report/ear_token.hpp"
#include "tools/testtool/commands.hpp"

#include <filesystem>
#include <string>

namespace troth::testtool {

struct token_options {
  std::filesystem::path token; ///< A JWT or a CWT.
  std::filesystem::path keys;  ///< A JWK set.
  report::ear_expectations expected;
};

/// Reads a result token as a relying party does, and says what is in it.
///
/// Ends as the statuses say; a token that cannot be relied on is a failed attestation.
terminal::exit_code read_token(const token_options& options, const ports& world);

} // namespace troth::testtool
