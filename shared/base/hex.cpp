#include "shared/base/hex.hpp"

namespace troth {

namespace {

constexpr int not_a_digit = -1;

int value_of(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F')
    return digit - 'A' + 10;
  return not_a_digit;
}

} // namespace

std::string hex(byte_view input) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(input.size() * 2);
  for (const auto byte : input) {
    out += digits[byte >> 4];
    out += digits[byte & 0x0f];
  }
  return out;
}

result<bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0)
    return error{errc::malformed, "hex: an odd number of digits"};
  bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const auto high = value_of(text[at]);
    const auto low = value_of(text[at + 1]);
    if (high == not_a_digit || low == not_a_digit)
      return error{errc::malformed, "hex: no digit at " + std::to_string(at)};
    out.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return out;
}

} // namespace troth
