#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace troth::codec {

/// Writes the one canonical form of a JSON value: members by their UTF-16 code units, numbers as
/// ECMAScript prints them, and nothing escaped that need not be.
/// @note Integers beyond 2^53 are written digit by digit; ECMAScript would round them.
/// @see RFC 8785 (JSON Canonicalization Scheme)
std::string canonical_json(const nlohmann::json& value);

} // namespace troth::codec
