#pragma once

#include "shared/base/bytes.hpp"
#include "shared/evidence/eventlog/event.hpp"

#include <cstddef>
#include <string>

namespace troth::evidence::eventlog {

inline constexpr std::size_t max_description = 256;

/// Describes what an event's data says, for people: the name of a variable, or the data's
/// text with `.` for what cannot be printed. ASCII, at most `max_description` characters.
///
/// @returns an empty string where the data is no text.
/// @note A claim like the data itself; see `coverage_of`.
std::string describe(event_type type, byte_view data);

} // namespace troth::evidence::eventlog
