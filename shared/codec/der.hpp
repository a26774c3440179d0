#pragma once

#include "shared/base/reader.hpp"

#include <cstdint>
#include <string_view>

namespace troth::codec::der {

// The few ASN.1 types that extensions of vendors' certificates are made of, in DER.

inline constexpr std::uint8_t boolean = 0x01;
inline constexpr std::uint8_t integer = 0x02;
inline constexpr std::uint8_t octet_string = 0x04;
inline constexpr std::uint8_t object_identifier = 0x06;
inline constexpr std::uint8_t enumerated = 0x0a;
inline constexpr std::uint8_t sequence = 0x30;

/// Takes a value with that tag. Fails as `malformed` for another tag, and for a length that is
/// not in its shortest form; as `too_large` from 65,536 bytes on.
/// @returns the contents.
byte_view take(reader& in, std::uint8_t tag, std::string_view field);

/// Takes an INTEGER or ENUMERATED from 0 to `max`. Fails as `malformed` for one that is negative
/// or not in its shortest form, as `too_large` above `max`.
std::uint64_t take_number(reader& in, std::uint8_t tag, std::uint64_t max, std::string_view field);

/// Takes a BOOLEAN. Fails as `malformed` unless it is 0x00 or 0xFF.
bool take_boolean(reader& in, std::string_view field);

} // namespace troth::codec::der
