#include "tools/metatool/difference.hpp"

#include "shared/report/metadata.hpp"

#include <nlohmann/json.hpp>

#include <map>

namespace troth::metatool {

namespace {

using nlohmann::json;

/// Reads an item in the form that is the same for all: unsigned, JSON.
result<json> read(byte_view input) {
  const auto message = report::parse_signed(input);
  const auto item = report::parse_metadata(message ? byte_view{message->payload} : input);
  if (!item)
    return item.error();
  return json::parse(report::write_metadata(*item, report::encoding::json));
}

std::string print(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// `PCR 4  kernel  SHA-256 0123...`
std::string describe(const json& component) {
  auto out = component.value("name", std::string{});
  for (const auto& each : component.value("properties", json::array()))
    out += "  " + each.value("name", std::string{}) + "=" + each.value("value", std::string{});
  for (const auto& each : component.value("hashes", json::array()))
    out += "  " + each.value("alg", std::string{}) + " " + each.value("content", std::string{});
  if (component.value("optional", false))
    out += "  optional";
  return out;
}

using members = std::map<std::string, std::string>;

/// Lists the values in a structure by their place. Components are left to `components_of`.
void flatten(const json& value, const std::string& place, members& out) {
  if (place == "sbom.components")
    return;
  if (value.is_object() && !value.empty())
    for (const auto& [name, inner] : value.items())
      flatten(inner, (place.empty() ? "" : place + ".") + name, out);
  else if (value.is_array() && !value.empty() && value.front().is_structured())
    for (std::size_t at = 0; at < value.size(); ++at)
      flatten(value[at], place + "[" + std::to_string(at) + "]", out);
  else
    out[place] = print(value);
}

/// Counts equal components: their order is not compared.
std::map<std::string, std::pair<int, std::string>> components_of(const json& item) {
  std::map<std::string, std::pair<int, std::string>> out;
  for (const auto& each : item.value("sbom", json::object()).value("components", json::array())) {
    auto& [count, description] = out[print(each)];
    ++count;
    description = describe(each);
  }
  return out;
}

void compare_components(const json& before, const json& after, std::vector<std::string>& out) {
  const auto old_ones = components_of(before);
  const auto new_ones = components_of(after);
  const auto add_missing = [&](const auto& from, const auto& in, const char* sign) {
    for (const auto& [text, counted] : from) {
      const auto at = in.find(text);
      for (auto n = at != in.end() ? at->second.first : 0; n < counted.first; ++n)
        out.push_back(sign + counted.second);
    }
  };
  add_missing(old_ones, new_ones, "- ");
  add_missing(new_ones, old_ones, "+ ");
}

} // namespace

result<std::vector<std::string>> difference(byte_view before, byte_view after) {
  const auto old_item = read(before);
  if (!old_item)
    return error{old_item.error().code, "first: " + old_item.error().where};
  const auto new_item = read(after);
  if (!new_item)
    return error{new_item.error().code, "second: " + new_item.error().where};
  members was;
  members is;
  flatten(*old_item, "", was);
  flatten(*new_item, "", is);
  std::vector<std::string> out;
  for (const auto& [place, value] : was) {
    const auto now = is.find(place);
    if (now == is.end())
      out.push_back("- " + place + ": " + value);
    else if (now->second != value)
      out.push_back("~ " + place + ": " + value + " -> " + now->second);
  }
  for (const auto& [place, value] : is)
    if (!was.contains(place))
      out.push_back("+ " + place + ": " + value);
  compare_components(*old_item, *new_item, out);
  return out;
}

} // namespace troth::metatool
