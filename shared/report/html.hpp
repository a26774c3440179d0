#pragma once

#include "shared/report/result.hpp"

#include <string>

namespace troth::report {

/// Writes a result as a page for people: one HTML document that loads nothing, runs nothing and
/// says all that the result says but the certificates. What the attester wrote is text in it,
/// whatever it is. For programs, `<meta name="verdict" content="fail">` stands before all of that.
std::string write_html(const attestation_result& value);

} // namespace troth::report
