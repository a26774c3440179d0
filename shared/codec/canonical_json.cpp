#include "shared/codec/canonical_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <vector>

namespace troth::codec {

namespace {

using nlohmann::json;

/// The order of UTF-16 is that of UTF-8, but for characters beyond U+FFFF, whose surrogates come
/// before U+E000 to U+FFFF.
bool is_before(std::string_view a, std::string_view b) {
  const auto [at, other] = std::ranges::mismatch(a, b);
  if (at == a.end() || other == b.end())
    return at == a.end() && other != b.end();
  const auto rank = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0xee ? int{byte} : byte < 0xf0 ? int{byte} + 0x100 : int{byte};
  };
  return rank(*at) < rank(*other);
}

/// ECMAScript's Number::toString. @see ECMA-262, 6.1.6.1.20
std::string number(double value) {
  constexpr int last_plain = 21;  // digits before the point
  constexpr int first_plain = -6; // zeros behind it
  if (value == 0)
    return "0";
  std::array<char, 64> buffer{};
  const auto* const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                        std::abs(value), std::chars_format::scientific)
                            .ptr;
  const std::string_view text{buffer.data(), static_cast<std::size_t>(end - buffer.data())};
  const auto mark = text.find('e');
  int exponent = 0;
  const auto* first = text.data() + mark + 1;
  std::from_chars(*first == '+' ? first + 1 : first, end, exponent);
  std::string digits{text.substr(0, mark)};
  std::erase(digits, '.');
  const auto size = static_cast<int>(digits.size());
  const auto point = exponent + 1; // where it is in digits
  std::string out = value < 0 ? "-" : "";
  if (size <= point && point <= last_plain)
    out += digits + std::string(static_cast<std::size_t>(point - size), '0');
  else if (0 < point && point <= last_plain)
    out += digits.insert(static_cast<std::size_t>(point), ".");
  else if (first_plain < point && point <= 0)
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  else
    out += (size > 1 ? digits.insert(1, ".") : digits) + (exponent < 0 ? "e-" : "e+")
           + std::to_string(std::abs(exponent));
  return out;
}

void write(std::string& out, const json& value) {
  if (value.is_number_float()) {
    out += number(value.get<double>());
  } else if (value.is_array()) {
    out += '[';
    for (const auto& item : value) {
      if (&item != &value.front())
        out += ',';
      write(out, item);
    }
    out += ']';
  } else if (value.is_object()) {
    std::vector<const json::object_t::value_type*> members;
    for (const auto& member : value.get_ref<const json::object_t&>())
      members.push_back(&member);
    std::ranges::sort(members,
                      [](const auto* a, const auto* b) { return is_before(a->first, b->first); });
    out += '{';
    for (const auto* member : members) {
      if (member != members.front())
        out += ',';
      out += json(member->first).dump(-1, ' ', false, json::error_handler_t::replace) + ':';
      write(out, member->second);
    }
    out += '}';
  } else {
    out += value.dump(-1, ' ', false, json::error_handler_t::replace);
  }
}

} // namespace

std::string canonical_json(const json& value) {
  std::string out;
  write(out, value);
  return out;
}

} // namespace troth::codec
