#pragma once

#include "shared/base/result.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace troth::wire {

/// Splits the body of a batch into the texts of its parts: the elements of a JSON array, or the
/// lines of NDJSON, of which empty ones are left out.
/// @note It looks only where a part ends: whether each is JSON, its reader says.
/// @returns `malformed` for what is no array; `truncated`, `trailing`; `missing` for none;
///          `too_large` for more than `max_parts`.
result<std::vector<std::string_view>> split_array(std::string_view body, std::size_t max_parts);
result<std::vector<std::string_view>> split_lines(std::string_view body, std::size_t max_parts);

} // namespace troth::wire
