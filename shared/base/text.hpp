#pragma once

#include <string_view>
#include <vector>

namespace troth {

/// Returns the parts of a text between separators: one more than there are of them. They are valid
/// as long as the text.
std::vector<std::string_view> split(std::string_view text, char at);

} // namespace troth
