#pragma once

#include "shared/report/trust_vector.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace troth::report {

/// What it means for a part's trust vector that a rule was not kept.
struct ear_consequence {
  std::string_view rule;
  /// Nothing: the evidence is nobody's word, so that it speaks to no claim any more.
  std::optional<trust_claim> claim;
  std::int8_t failed; ///< The claim's value.
};

/// Returns the consequences of all rules.
std::span<const ear_consequence> ear_consequences() noexcept;

/// Returns the consequence of one; of a rule that is not listed, that the configuration is not
/// supported.
ear_consequence consequence_of(std::string_view rule) noexcept;

} // namespace troth::report
