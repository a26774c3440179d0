#pragma once

#include "shared/device/anchor.hpp"

#include <filesystem>
#include <memory>

namespace troth::device {

/// Makes the anchor that is none: a P-256 key in a file of `state`, made if it is not there. Its
/// evidence proves nothing about the machine, and says so by its type.
/// @returns `io`, `malformed` if the file holds no such key.
result<std::unique_ptr<anchor>> make_sw_anchor(const std::filesystem::path& state);

} // namespace troth::device
