#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

namespace troth::evidence::ima {

/// Makes the binary list of an ASCII one (`ascii_runtime_measurements`), for `parse_list`.
///
/// @returns the binary list; `malformed` with the number of the line that is not of its
///          template's form; `unsupported` for a template we do not know; `too_large` for more
///          than `max_entries` lines.
/// @note The kernel prints paths as they are: one with a newline in it cannot be read here.
/// @see Linux, security/integrity/ima/ima_fs.c (ima_ascii_measurements_show)
result<bytes> binary_from_ascii(byte_view ascii_list);

} // namespace troth::evidence::ima
