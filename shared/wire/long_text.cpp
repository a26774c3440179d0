#include "shared/wire/long_text.hpp"

#include <array>
#include <cstdint>
#include <utility>

namespace troth::wire {

namespace {

constexpr std::size_t min_bytes = 4096; // below that, looking costs as much as parsing

constexpr auto base64_letters = [] {
  std::array<bool, 256> out{};
  for (const auto c :
       std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="})
    out.at(static_cast<std::uint8_t>(c)) = true;
  return out;
}();

/// A table, and no early end: this is most of what a request with a report costs here.
bool is_base64(std::string_view text) noexcept {
  bool out = true;
  for (const auto c : text)
    out &= base64_letters[static_cast<std::uint8_t>(c)];
  return out;
}

/// Returns where the text that begins behind `begin` ends: its closing quote.
std::size_t end_of_text(std::string_view json, std::size_t begin) {
  for (auto end = json.find('"', begin); end != std::string_view::npos;
       end = json.find('"', end + 1)) {
    const auto last = json.find_last_not_of('\\', end - 1); // the opening quote at the latest
    if ((end - last) % 2 == 1)
      return end;
  }
  return std::string_view::npos;
}

/// Returns whether what stands before `at` makes a text there the value of a member.
bool is_value(std::string_view json, std::size_t at) {
  const auto before = json.find_last_not_of(" \t\r\n", at == 0 ? 0 : at - 1);
  return at > 0 && before != std::string_view::npos && json[before] == ':';
}

} // namespace

std::optional<shortened_text> take_long_text(std::string_view json) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const auto c = json[at];
    if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      depth -= depth > 0 ? 1 : 0;
    } else if (c == '"') {
      const auto end = end_of_text(json, at + 1);
      if (end == std::string_view::npos)
        return std::nullopt;
      const auto text = json.substr(at + 1, end - at - 1);
      if (depth == 1 && text.size() >= min_bytes && is_value(json, at) && is_base64(text)) {
        std::string rest{json.substr(0, at + 1)};
        rest += json.substr(end);
        return shortened_text{std::move(rest), text, at + 1};
      }
      at = end;
    }
  }
  return std::nullopt;
}

} // namespace troth::wire
