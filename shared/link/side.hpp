#pragma once

#include <cstdint>

namespace troth::link {

/// Which end of a connection is ours.
enum class side : std::uint8_t { accepting, dialling };

} // namespace troth::link
