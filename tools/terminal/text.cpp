#include "tools/terminal/text.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace troth::terminal {

namespace {

struct code_point {
  std::uint32_t value = 0;
  std::size_t size = 0; // bytes; 0: not UTF-8
};

bool is_continuation(char byte) {
  return (static_cast<std::uint8_t>(byte) & 0xC0) == 0x80;
}

/// Decodes the first code point of a text that is not empty.
/// @see RFC 3629, section 4
code_point first_of(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text.front());
  if (lead < 0x80)
    return {lead, 1};
  const std::size_t size = lead >= 0xF0 && lead < 0xF5   ? 4
                           : lead >= 0xE0 && lead < 0xF0 ? 3
                           : lead >= 0xC2 && lead < 0xE0 ? 2
                                                         : 0;
  if (size == 0 || text.size() < size
      || !std::ranges::all_of(text.substr(1, size - 1), is_continuation))
    return {};
  auto value = static_cast<std::uint32_t>(lead & (0x7F >> size));
  for (const char byte : text.substr(1, size - 1))
    value = value << 6 | (static_cast<std::uint8_t>(byte) & 0x3FU);
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const auto is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least.at(size) || value > 0x10FFFF || is_surrogate)
    return {};
  return {value, size};
}

/// What moves the cursor, breaks the line or turns the direction of writing.
bool is_active(std::uint32_t value) {
  return value < 0x20 || (value >= 0x7F && value < 0xA0) // C0, delete, C1
         || (value >= 0x200B && value <= 0x200F)         // zero width, left and right mark
         || (value >= 0x2028 && value <= 0x202E)         // line, paragraph, embeddings
         || (value >= 0x2060 && value <= 0x206F)         // isolates
         || value == 0x061C || value == 0xFEFF;
}

std::string digits(std::uint32_t value) {
  constexpr std::string_view alphabet = "0123456789abcdef";
  std::string out;
  do {
    out.insert(out.begin(), alphabet[value & 0xF]);
    value >>= 4;
  } while (value != 0);
  return out.size() == 1 ? "0" + out : out;
}

std::size_t bytes_of(std::string_view text, std::size_t width) {
  std::size_t at = 0;
  for (std::size_t column = 0; column < width && at < text.size(); ++column)
    at += std::max<std::size_t>(first_of(text.substr(at)).size, 1);
  return at;
}

} // namespace

std::string printable(std::string_view text, charset allowed) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [value, size] = first_of(text);
    if (size == 0)
      out += "\\x" + digits(static_cast<std::uint8_t>(text.front()));
    else if (!is_active(value) && (value < 0x80 || allowed == charset::utf8))
      out += text.substr(0, size);
    else
      out += value < 0x80 ? "\\x" + digits(value) : "\\u{" + digits(value) + "}";
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, std::not_fn(is_continuation)));
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& each : texts)
    out += (out.empty() ? "" : ", ") + each;
  return out;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  const auto room = std::max<std::size_t>(width - std::min(width, indent), 20);
  std::string out;
  do {
    auto line = text.substr(0, bytes_of(text, room));
    if (line.size() < text.size() && text[line.size()] != ' ')
      if (const auto blank = line.rfind(' '); blank != std::string_view::npos && blank > 0)
        line = line.substr(0, blank);
    text.remove_prefix(line.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    out += out.empty() ? "" : std::string(indent, ' ');
    out += line;
    out += '\n';
  } while (!text.empty());
  return out;
}

} // namespace troth::terminal
