#include "tools/metatool/difference.hpp"

#include "shared/report/metadata.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
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

/// `kernel  cmc.ta=TPM  cmc.index=4`
std::string title(const json& component) {
  auto out = component.value("name", std::string{});
  for (const auto& each : component.value("properties", json::array()))
    out += "  " + each.value("name", std::string{}) + "=" + each.value("value", std::string{});
  return out;
}

/// `kernel  cmc.ta=TPM  cmc.index=4  SHA-256 0123...`
std::string describe(const json& component) {
  auto out = title(component);
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

/// Returns the components of one item that the other has fewer of; their order is not compared.
std::vector<json> components_beyond(const json& item, const json& other) {
  const auto all = [](const json& from) {
    return from.value("sbom", json::object()).value("components", json::array());
  };
  std::map<std::string, int> known;
  for (const auto& each : all(other))
    ++known[print(each)];
  std::vector<json> out;
  for (const auto& each : all(item))
    if (--known[print(each)] < 0)
      out.push_back(each);
  return out;
}

/// Whether two components describe the same, as it was and as it is.
bool is_same_subject(const json& one, const json& other) {
  return one.value("name", json{}) == other.value("name", json{})
         && one.value("type", json{}) == other.value("type", json{})
         && one.value("properties", json{}) == other.value("properties", json{});
}

/// Says which members changed, were added or taken away.
void compare_members(const json& before, const json& after, const std::string& of,
                     std::vector<std::string>& out) {
  members was;
  members is;
  flatten(before, "", was);
  flatten(after, "", is);
  for (const auto& [place, value] : was) {
    const auto now = is.find(place);
    if (now == is.end())
      out.push_back("- " + of + place + ": " + value);
    else if (now->second != value)
      out.push_back("~ " + of + place + ": " + value + " -> " + now->second);
  }
  for (const auto& [place, value] : is)
    if (!was.contains(place))
      out.push_back("+ " + of + place + ": " + value);
}

void compare_components(const json& before, const json& after, std::vector<std::string>& out) {
  auto new_ones = components_beyond(after, before);
  for (const auto& each : components_beyond(before, after)) {
    const auto at = std::ranges::find_if(new_ones, [&](const json& other) {
      return is_same_subject(each, other);
    });
    if (at == new_ones.end()) {
      out.push_back("- " + describe(each));
      continue;
    }
    compare_members(each, *at, title(each) + "  ", out);
    new_ones.erase(at);
  }
  for (const auto& each : new_ones)
    out.push_back("+ " + describe(each));
}

} // namespace

result<std::vector<std::string>> difference(byte_view before, byte_view after) {
  const auto old_item = read(before);
  if (!old_item)
    return error{old_item.error().code, "first: " + old_item.error().where};
  const auto new_item = read(after);
  if (!new_item)
    return error{new_item.error().code, "second: " + new_item.error().where};
  std::vector<std::string> out;
  compare_members(*old_item, *new_item, "", out);
  compare_components(*old_item, *new_item, out);
  return out;
}

} // namespace troth::metatool
