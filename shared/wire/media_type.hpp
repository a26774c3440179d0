#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace troth::wire {

/// Returns the type of a Content-Type header, in lower case, without its parameters.
std::string media_type_of(std::string_view header);

/// Picks what to answer with.
/// @param accept an Accept header; empty: anything.
/// @param offered what there is, the best first.
/// @returns the one that the client likes best, the earlier of equals; empty if it takes none.
/// @see RFC 9110, section 12.5.1
std::string negotiate(std::string_view accept, const std::vector<std::string>& offered);

} // namespace troth::wire
