#include "shared/codec/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace troth::codec {

namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080;
constexpr auto step = sizeof(std::uint64_t);

std::uint64_t word_at(std::string_view text, std::size_t at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, std::span{text}.subspan(at).data(), step);
  return word;
}

std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  while (text.size() - at >= step && (word_at(text, at) & high_bits) == 0)
    at += step;
  while (at < text.size() && static_cast<std::uint8_t>(text[at]) < 0x80)
    ++at;
  return at;
}

bool is_ascii(std::string_view text) noexcept {
  if (text.size() < step) {
    unsigned seen = 0;
    for (const auto c : text)
      seen |= static_cast<std::uint8_t>(c);
    return seen < 0x80;
  }
  auto seen = word_at(text, text.size() - step); // the end, with some of what is before it
  for (std::size_t at = 0; at + step < text.size(); at += step)
    seen |= word_at(text, at);
  return (seen & high_bits) == 0;
}

/// The second byte's range and how many bytes follow a leading byte.
struct sequence {
  std::size_t more;
  std::uint8_t low;
  std::uint8_t high;
};

constexpr sequence none = {0, 1, 0};

// RFC 3629, section 4: what may follow each leading byte.
constexpr sequence after(std::uint8_t lead) noexcept {
  if (lead >= 0xc2 && lead <= 0xdf)
    return {1, 0x80, 0xbf};
  if (lead == 0xe0)
    return {2, 0xa0, 0xbf};
  if (lead == 0xed)
    return {2, 0x80, 0x9f};
  if (lead >= 0xe1 && lead <= 0xef)
    return {2, 0x80, 0xbf};
  if (lead == 0xf0)
    return {3, 0x90, 0xbf};
  if (lead >= 0xf1 && lead <= 0xf3)
    return {3, 0x80, 0xbf};
  if (lead == 0xf4)
    return {3, 0x80, 0x8f};
  return none;
}

/// Returns the size of the character in front that is not ASCII, or 0 if there is no such.
std::size_t character(std::string_view text) noexcept {
  auto [more, low, high] = after(static_cast<std::uint8_t>(text.front()));
  if (more == 0 || text.size() <= more)
    return 0;
  for (std::size_t i = 1; i <= more; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte < low || byte > high)
      return 0;
    low = 0x80;
    high = 0xbf;
  }
  return more + 1;
}

} // namespace

bool is_utf8(std::string_view text) noexcept {
  if (is_ascii(text)) // most are
    return true;
  text.remove_prefix(ascii_prefix(text));
  while (!text.empty()) {
    const auto size = character(text);
    if (size == 0)
      return false;
    text.remove_prefix(size);
    text.remove_prefix(ascii_prefix(text));
  }
  return true;
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto size = ascii_prefix(text);
    if (size == 0)
      size = character(text);
    out += size == 0 ? "\xef\xbf\xbd" : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

} // namespace troth::codec
