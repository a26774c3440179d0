#pragma once

#include <string>
#include <string_view>

namespace troth::atls {

/// Returns a text of the peer for a log: printable, and not long.
std::string told(std::string_view text);

} // namespace troth::atls
