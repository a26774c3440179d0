#include "shared/base/base64.hpp"

#include <array>

namespace troth {

namespace {

using alphabet = std::string_view;

constexpr alphabet standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr alphabet url_safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t not_in_alphabet = 0xff;
constexpr std::uint32_t outside = 0x80; // a bit of that, and of no value

constexpr std::array<std::uint8_t, 256> inverse(alphabet letters) {
  std::array<std::uint8_t, 256> out{};
  out.fill(not_in_alphabet);
  for (std::size_t value = 0; value < letters.size(); ++value)
    out.at(static_cast<std::uint8_t>(letters[value])) = static_cast<std::uint8_t>(value);
  return out;
}

constexpr auto standard_values = inverse(standard);
constexpr auto url_safe_values = inverse(url_safe);

std::string encode(byte_view input, alphabet letters) {
  std::string out;
  out.reserve((input.size() + 2) / 3 * 4);
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const auto byte : input) {
    pending = (pending << 8 | byte) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += letters[pending >> bits & 0x3f];
    }
  }
  if (bits > 0)
    out += letters[pending << (6 - bits) & 0x3f];
  return out;
}

result<bytes> decode(std::string_view text, const std::array<std::uint8_t, 256>& values) {
  if (text.size() % 4 == 1)
    return error{errc::malformed, "base64: impossible length"};
  bytes out(text.size() / 4 * 3);
  // Four letters are three bytes: nearly all of a long text.
  std::size_t at = 0;
  for (std::size_t n = 0; n < out.size(); n += 3, at += 4) {
    const std::uint32_t a = values[static_cast<std::uint8_t>(text[at])];
    const std::uint32_t b = values[static_cast<std::uint8_t>(text[at + 1])];
    const std::uint32_t c = values[static_cast<std::uint8_t>(text[at + 2])];
    const std::uint32_t d = values[static_cast<std::uint8_t>(text[at + 3])];
    if (((a | b | c | d) & outside) != 0)
      return error{errc::malformed, "base64: a character outside the alphabet"};
    const auto three = a << 18 | b << 12 | c << 6 | d;
    out[n] = static_cast<std::uint8_t>(three >> 16);
    out[n + 1] = static_cast<std::uint8_t>(three >> 8);
    out[n + 2] = static_cast<std::uint8_t>(three);
  }
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const char letter : text.substr(at)) {
    const auto value = values[static_cast<std::uint8_t>(letter)];
    if (value == not_in_alphabet)
      return error{errc::malformed, "base64: a character outside the alphabet"};
    pending = (pending << 6 | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>(pending >> bits));
    }
  }
  if ((pending & ((1U << bits) - 1)) != 0)
    return error{errc::malformed, "base64: unused bits are set"};
  return out;
}

} // namespace

std::string base64(byte_view input) {
  auto out = encode(input, standard);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::string base64url(byte_view input) {
  return encode(input, url_safe);
}

result<bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0)
    return error{errc::malformed, "base64: padding is missing"};
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding)
    text.remove_suffix(1);
  return decode(text, standard_values);
}

result<bytes> from_base64url(std::string_view text) {
  return decode(text, url_safe_values);
}

} // namespace troth
