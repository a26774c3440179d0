#include "shared/codec/der.hpp"

namespace troth::codec::der {

namespace {

constexpr std::uint8_t long_form = 0x80;
constexpr std::uint8_t one_byte_length = 0x81;
constexpr std::uint8_t two_byte_length = 0x82;
constexpr std::size_t max_number_bytes = 9; // 64 bits and a zero in front

std::size_t take_length(reader& in, std::string_view field) {
  const auto first = in.u8(field);
  if (first < long_form)
    return first;
  in.require(first == one_byte_length || first == two_byte_length,
             first == long_form ? errc::malformed : errc::too_large, field);
  const std::size_t length = first == one_byte_length ? in.u8(field) : in.u16be(field);
  in.require(length >= (first == one_byte_length ? 0x80U : 0x100U), errc::malformed, field);
  return length;
}

} // namespace

byte_view take(reader& in, std::uint8_t tag, std::string_view field) {
  in.require(in.u8(field) == tag, errc::malformed, field);
  return in.take(take_length(in, field), field);
}

std::uint64_t take_number(reader& in, std::uint8_t tag, std::uint64_t max, std::string_view field) {
  const auto content = take(in, tag, field);
  in.require(!content.empty() && content.front() < 0x80, errc::malformed, field);
  in.require(content.size() < 2 || content[0] != 0 || content[1] >= 0x80, errc::malformed, field);
  in.require(content.size() <= max_number_bytes, errc::too_large, field);
  if (!in.ok())
    return 0;
  std::uint64_t value = 0;
  for (const auto byte : content)
    value = value << 8 | byte;
  in.require(value <= max, errc::too_large, field);
  return value;
}

bool take_boolean(reader& in, std::string_view field) {
  const auto content = take(in, boolean, field);
  in.require(content.size() == 1 && (content[0] == 0 || content[0] == 0xff), errc::malformed,
             field);
  return in.ok() && content[0] != 0;
}

} // namespace troth::codec::der
