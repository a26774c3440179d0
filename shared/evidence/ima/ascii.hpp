#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace troth::evidence::ima {

/// Returns whether a list begins as an ASCII one does; a binary one begins with a PCR's number as 4
/// bytes.
inline bool is_ascii_list(byte_view list) noexcept {
  return !list.empty() && (list[0] == ' ' || (list[0] >= '0' && list[0] <= '9'));
}

/// Makes the binary list of an ASCII one (`ascii_runtime_measurements`), for `parse_list`.
///
/// @returns the binary list; `malformed` with the number of the line that is not of its
///          template's form; `unsupported` for a template we do not know; `too_large` for more
///          than `max_entries` lines.
/// @note The kernel prints paths as they are: one with a newline in it cannot be read here.
/// @see Linux, security/integrity/ima/ima_fs.c (ima_ascii_measurements_show)
result<bytes> binary_from_ascii(byte_view ascii_list);

} // namespace troth::evidence::ima
