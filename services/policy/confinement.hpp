#pragma once

#include <cstdint>

namespace troth::policy_helper {

/// Takes away from this process all but computing: processor time and memory are limited, no file
/// can be opened, no process or thread started, and any system call but those to get memory, to
/// tell the time, to write to standard output and to end kills it.
/// @returns false if the kernel does not do it: then nothing may be run.
bool confine(std::uint64_t cpu_seconds, std::uint64_t memory_bytes);

} // namespace troth::policy_helper
