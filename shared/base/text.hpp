#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace troth {

/// Returns the parts of a text between separators: one more than there are of them. They are valid
/// as long as the text.
std::vector<std::string_view> split(std::string_view text, char at);

/// Where to connect to. Valid as long as the text it was in.
struct host_and_port {
  std::string_view host; ///< An IPv6 address without its brackets.
  std::string_view port;
};

/// Splits `HOST:PORT` at its last colon. Either part may be empty, and is not looked at.
/// @returns nothing where there is no colon.
std::optional<host_and_port> split_host_and_port(std::string_view text);

/// Returns whether `text` is a port: 0 to 65535, in decimal and nothing else.
bool is_port(std::string_view text) noexcept;

} // namespace troth
