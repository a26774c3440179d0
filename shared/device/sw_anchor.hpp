#pragma once

#include "shared/device/anchor.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace troth::device {

/// Makes the anchor that is none: a P-256 key in a file of `state`, made if it is not there. Its
/// evidence proves nothing about the machine, and says so by its type. It speaks for a log of
/// containers, in a file, too.
/// @param boot names this run of the machine, as `container_log::open` has it.
/// @returns `io`, `malformed` if a file holds no such key or log.
result<std::unique_ptr<anchor>> make_sw_anchor(const std::filesystem::path& state,
                                               const std::string& boot = {});

} // namespace troth::device
