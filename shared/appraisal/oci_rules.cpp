#include "shared/appraisal/oci_rules.hpp"

#include "shared/base/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace troth::appraisal {

namespace {

using nlohmann::json;

constexpr std::string_view replace_prefix = "replace:";
constexpr std::string_view additional_prefix = "additional:";
constexpr std::string_view any_value = "*";

error differs(const std::string& place, std::string_view why) {
  return {errc::conflict, place + ": " + std::string{why}};
}

error no_rule(const std::string& place, const std::string& rule) {
  return {errc::malformed, place + ": not a rule: " + rule};
}

std::string_view trimmed(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

/// The part of `K=VALUE` before the sign; all of it without one.
std::string key_of(std::string_view text) {
  return std::string{text.substr(0, text.find('='))};
}

std::string value_of(std::string_view text) {
  const auto sign = text.find('=');
  return sign == std::string_view::npos ? std::string{} : std::string{text.substr(sign + 1)};
}

/// Rules for an array of texts `K=VALUE`.
struct variable_rules {
  std::set<std::string, std::less<>> replaced;
  std::map<std::string, std::string, std::less<>> additional; // value by key

  static result<variable_rules> parse(const std::string& text, const std::string& place) {
    variable_rules out;
    for (const auto whole : split(text, ';')) {
      const auto part = trimmed(whole);
      const auto is_replace = part.starts_with(replace_prefix);
      if (!is_replace && !part.starts_with(additional_prefix))
        return no_rule(place, text);
      for (const auto pattern : split(part.substr(part.find(':') + 1), ',')) {
        const auto key = key_of(pattern);
        const auto value = value_of(pattern);
        if (key.empty() || pattern.find('=') == std::string_view::npos
            || (is_replace && value != any_value))
          return no_rule(place, text);
        if (is_replace)
          out.replaced.insert(key);
        else
          out.additional[key] = value;
      }
    }
    return out;
  }
};

result<void> check_variables(const json& reference, const json* measured, const std::string& rule,
                             const std::string& place) {
  const auto rules = variable_rules::parse(rule, place);
  if (!rules)
    return rules.error();
  if (!reference.is_array() || measured == nullptr || !measured->is_array())
    return differs(place, "not an array");
  std::map<std::string, json, std::less<>> by_key;
  for (const auto& entry : reference)
    if (entry.is_string())
      by_key[key_of(entry.get_ref<const std::string&>())] = entry;
  auto as_reference = json::array();
  for (const auto& entry : *measured) {
    const auto text = entry.is_string() ? entry.get<std::string>() : std::string{};
    const auto known = by_key.find(key_of(text));
    if (const auto more = rules->additional.find(key_of(text));
        entry.is_string() && known == by_key.end() && more != rules->additional.end()
        && !rules->replaced.contains(more->first)) {
      if (more->second != any_value && more->second != value_of(text))
        return differs(place, "another value of " + more->first);
      continue;
    }
    const auto is_replaced = entry.is_string() && known != by_key.end()
                             && rules->replaced.contains(known->first);
    as_reference.push_back(is_replaced ? known->second : entry);
  }
  if (as_reference != reference)
    return differs(place, "not the reference's, whatever may be replaced or added");
  return {};
}

result<void> check_text_rule(const json& reference, const json* measured, const std::string& rule,
                             const std::string& place) {
  constexpr std::array known = {"mandatory", "optional", "modifiable", "subset"};
  if (rule.starts_with(replace_prefix) || rule.starts_with(additional_prefix))
    return check_variables(reference, measured, rule, place);
  if (std::ranges::find(known, rule) == known.end())
    return no_rule(place, rule);
  const auto is_same = measured != nullptr && *measured == reference;
  if (is_same || rule == "modifiable" || (rule == "optional" && measured == nullptr))
    return {};
  const auto is_subset = rule == "subset" && reference.is_array() && measured != nullptr
                         && measured->is_array()
                         && std::ranges::all_of(*measured, [&](const json& item) {
                              return std::ranges::find(reference, item) != reference.end();
                            });
  return is_subset ? result<void>{} : differs(place, "not as the reference and " + rule);
}

result<void> check_members(const json& reference, const json& measured, const json& rules,
                           const std::string& place);

result<void> check_items(const json& reference, const json* measured, const json& rules,
                         const std::string& place) {
  if (!reference.is_array() || measured == nullptr || !measured->is_array())
    return differs(place, "not an array");
  if (measured->size() != reference.size() || rules.size() > reference.size())
    return differs(place, std::to_string(measured->size()) + " items");
  for (std::size_t at = 0; at < reference.size(); ++at) {
    const auto here = place + "[" + std::to_string(at) + "]";
    if (at >= rules.size()) {
      if (reference[at] != (*measured)[at])
        return differs(here, "not as the reference");
      continue;
    }
    if (!rules[at].is_object())
      return no_rule(here, rules[at].dump(-1, ' ', false, json::error_handler_t::replace));
    if (!reference[at].is_object() || !(*measured)[at].is_object())
      return differs(here, "not an object");
    if (auto checked = check_members(reference[at], (*measured)[at], rules[at], here); !checked)
      return checked;
  }
  return {};
}

/// Checks a member that the reference has.
result<void> check_member(const json& reference, const json* measured, const json* rule,
                          const std::string& place) {
  if (rule == nullptr)
    return measured != nullptr && *measured == reference
             ? result<void>{}
             : differs(place, "not as the reference, and no rule");
  if (rule->is_string())
    return check_text_rule(reference, measured, rule->get<std::string>(), place);
  if (rule->is_array())
    return check_items(reference, measured, *rule, place);
  if (!rule->is_object())
    return no_rule(place, rule->dump(-1, ' ', false, json::error_handler_t::replace));
  if (!reference.is_object() || measured == nullptr || !measured->is_object())
    return differs(place, "not an object");
  return check_members(reference, *measured, *rule, place);
}

/// Checks a member that only the measured configuration has.
result<void> check_addition(const json& measured, const json* rule, const std::string& place) {
  if (rule == nullptr || !rule->is_string())
    return differs(place, "more than the reference has");
  const auto& text = rule->get_ref<const std::string&>();
  if (text == "additional")
    return {};
  if (!text.starts_with(additional_prefix))
    return differs(place, "more than the reference has");
  const auto wanted = text.substr(additional_prefix.size());
  return measured == wanted ? result<void>{} : differs(place, "another value than " + wanted);
}

const json* find(const json& object, const std::string& name) {
  const auto at = object.find(name);
  return at != object.end() ? &*at : nullptr;
}

result<void> check_members(const json& reference, const json& measured, const json& rules,
                           const std::string& place) {
  for (const auto& [name, value] : reference.items())
    if (auto checked = check_member(value, find(measured, name), find(rules, name),
                                    place + "." + name);
        !checked)
      return checked;
  for (const auto& [name, value] : measured.items())
    if (!reference.contains(name))
      if (auto checked = check_addition(value, find(rules, name), place + "." + name); !checked)
        return checked;
  return {};
}

} // namespace

result<void> check_configuration(const codec::free_object& reference,
                                 const codec::free_object& measured,
                                 const codec::free_object* rules) {
  const auto none = json::object();
  const auto& given = rules != nullptr && rules->value.is_object() ? rules->value : none;
  if (!reference.value.is_object() || !measured.value.is_object())
    return differs("configuration", "not an object");
  return check_members(reference.value, measured.value, given, "configuration");
}

} // namespace troth::appraisal
