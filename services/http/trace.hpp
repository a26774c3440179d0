#pragma once

#include <string>
#include <string_view>

namespace troth::services::http {

/// Goes on with a trace, or begins one: returns a `traceparent` for those who are asked next.
/// @param header as it came; one that is not of the specification begins a new trace.
/// @param ids 48 random lower-case hex digits: of a trace to begin, and of our part of it.
/// @see W3C Trace Context, section 3.2.2
std::string continue_trace(std::string_view header, std::string_view ids);

/// Returns the id of the trace; empty if there is none.
std::string trace_id(std::string_view traceparent);

} // namespace troth::services::http
