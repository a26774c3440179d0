#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <string>
#include <vector>

namespace troth::metatool {

/// Tells what two metadata items differ in, signed or not, in either encoding. Nothing is
/// verified.
///
/// @returns a line for each member that differs (`~ certLevel: 1 -> 3`), for each component that
///          is there once only (`+`, `-`), and for what differs in one of the same type, name and
///          properties, behind its name; none: they say the same. What the parsers return.
result<std::vector<std::string>> difference(byte_view before, byte_view after);

} // namespace troth::metatool
