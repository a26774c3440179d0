#pragma once

#include "shared/report/trust_vector.hpp"

namespace troth::report {

/// Returns the value of a claim that a word stands for, e.g. 3 of `executables` for
/// `approved_boot`: some write words into the vector of a JWT where the specification has numbers.
/// @returns nothing for a word that says nothing of this claim.
/// @see draft-ietf-rats-ar4si-09, section 2.3.4: the meanings; Veraison's libraries: the words
std::optional<std::int8_t> value_named(trust_claim claim, std::string_view word) noexcept;

} // namespace troth::report
