#include "tools/metatool/convert.hpp"

#include "shared/report/encoding.hpp"
#include "shared/report/metadata.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace troth::metatool {

namespace {

using nlohmann::json;

/// Whether a member of this value says the same as none at all.
bool says_nothing(const json& value) {
  return value.is_null() || (value.is_structured() && value.empty())
         || (value.is_string() && value == "") || (value.is_boolean() && value == false)
         || (value.is_number() && value == 0);
}

/// Returns where something in `from` is not in `into` as it was.
std::optional<std::string> find_loss(const json& from, const json& into, const std::string& place) {
  if (from.is_object() && into.is_object()) {
    for (const auto& [name, value] : from.items()) {
      if (says_nothing(value))
        continue;
      const auto there = into.find(name);
      const auto here = place + "." + name;
      if (there == into.end())
        return here;
      if (auto lost = find_loss(value, *there, here))
        return lost;
    }
    return std::nullopt;
  }
  if (from.is_array() && into.is_array() && from.size() == into.size()) {
    for (std::size_t at = 0; at < from.size(); ++at)
      if (auto lost = find_loss(from[at], into[at], place + "[" + std::to_string(at) + "]"))
        return lost;
    return std::nullopt;
  }
  return from == into ? std::nullopt : std::optional{place};
}

} // namespace

result<bytes> convert(byte_view payload, report::encoding to) {
  const auto from = report::encoding_of(payload);
  const auto item = report::parse_metadata(payload);
  if (!item)
    return item.error();
  if (std::holds_alternative<report::unknown_metadata>(*item))
    return error{errc::unsupported, "metadata.type: a kind that would not be converted whole"};
  auto converted = report::write_metadata(*item, to);
  const auto back = report::parse_metadata(converted);
  if (!back)
    return error{errc::unsupported, "converted " + back.error().where};
  const auto again = report::write_metadata(*back, *from);
  if (*from == report::encoding::cbor && !std::ranges::equal(again, payload))
    return error{errc::unsupported, "metadata: it has members that would be lost"};
  if (*from == report::encoding::json)
    if (const auto lost = find_loss(json::parse(payload), json::parse(again), "metadata"))
      return error{errc::unsupported, *lost + ": would be lost or written otherwise"};
  return converted;
}

} // namespace troth::metatool
