#include "services/configuration.hpp"

#include "services/nearest.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace troth::services {

namespace {

using nlohmann::json;

/// An error whose place is filled in by who knows it.
error wrong(const std::string& why) {
  return {errc::malformed, why};
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    out += (out.empty() ? "" : ", ") + word;
  return out;
}

result<std::string> text_of(const json& value) {
  if (!value.is_string())
    return wrong("expected a text");
  const auto& text = value.get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos)
    return wrong("holds a NUL");
  return text;
}

/// Reads a number that was typed.
json number_from(const std::string& text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [at, why] = std::from_chars(text.data(), end, value);
  if (text.empty() || why != std::errc{} || at != end)
    return text; // which its key then refuses
  return value;
}

json list_from(const std::vector<std::string>& given) {
  auto out = json::array();
  for (const auto& items : given) {
    std::size_t begin = 0;
    while (begin <= items.size()) {
      const auto end = std::min(items.find(',', begin), items.size());
      if (end > begin)
        out.push_back(items.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return out;
}

} // namespace

void configuration::add_key(key made) {
  keys_.push_back(std::move(made));
}

void configuration::add(const std::string& name, std::string& variable, const std::string& help,
                        secrecy shown) {
  add(
    name, variable, [](const std::string&) -> result<void> { return {}; }, help);
  keys_.back().shown = shown;
}

void configuration::add(const std::string& name, std::string& variable,
                        std::function<result<void>(const std::string&)> check,
                        const std::string& help) {
  add_key({name, kind::text, help, secrecy::open,
           [&variable, check = std::move(check)](const json& value) -> result<void> {
             auto text = text_of(value);
             if (!text)
               return text.error();
             if (auto good = check(*text); !good)
               return good;
             variable = *std::move(text);
             return {};
           },
           [&variable] { return json(variable); }});
}

void configuration::add(const std::string& name, std::string& variable,
                        const std::vector<std::string>& choices, const std::string& help) {
  const auto check = [choices](const std::string& text) -> result<void> {
    if (std::find(choices.begin(), choices.end(), text) == choices.end())
      return wrong("expected one of " + joined(choices));
    return {};
  };
  add(name, variable, check, help + " (" + joined(choices) + ')');
}

void configuration::add(const std::string& name, std::uint64_t& variable, range allowed,
                        const std::string& help) {
  add_key({name, kind::number, help, secrecy::open,
           [&variable, allowed](const json& value) -> result<void> {
             if (!value.is_number_unsigned())
               return wrong("expected a whole number");
             const auto number = value.get<std::uint64_t>();
             if (number < allowed.least || number > allowed.most)
               return wrong("expected " + std::to_string(allowed.least) + " to "
                            + std::to_string(allowed.most));
             variable = number;
             return {};
           },
           [&variable] { return json(variable); }});
}

void configuration::add(const std::string& name, bool& variable, const std::string& help) {
  add_key({name, kind::flag, help, secrecy::open,
           [&variable](const json& value) -> result<void> {
             if (!value.is_boolean())
               return wrong("expected true or false");
             variable = value.get<bool>();
             return {};
           },
           [&variable] { return json(variable); }});
}

void configuration::add(const std::string& name, std::vector<std::string>& variable,
                        const std::string& help) {
  add_key({name, kind::list, help, secrecy::open,
           [&variable](const json& value) -> result<void> {
             if (!value.is_array())
               return wrong("expected a list of texts");
             std::vector<std::string> out;
             for (const auto& item : value) {
               const auto text = text_of(item);
               if (!text)
                 return wrong("expected a list of texts");
               out.push_back(*text);
             }
             variable = std::move(out);
             return {};
           },
           [&variable] { return json(variable); }});
}

result<void> configuration::merge(const json& document, const std::string& source) {
  if (!document.is_object())
    return error{errc::malformed, source + ": expected an object"};
  return merge_group(document, "", source);
}

result<void> configuration::merge_group(const json& group, const std::string& prefix,
                                        const std::string& source) {
  for (const auto& [member, value] : group.items()) {
    const auto name = prefix + member;
    const auto inner = name + '.';
    const auto is_group = std::any_of(keys_.begin(), keys_.end(),
                                      [&](const key& one) { return one.name.starts_with(inner); });
    if (is_group && value.is_object()) {
      if (auto done = merge_group(value, inner, source); !done)
        return done;
      continue;
    }
    const auto* known = find(name);
    if (known == nullptr)
      return is_group ? error{errc::malformed, source + ": " + name + ": expected an object"}
                      : unknown(name, source);
    if (auto done = assign(*known, value, source); !done)
      return done;
  }
  return {};
}

result<void> configuration::set_text(const std::string& name, const std::vector<std::string>& given,
                                     const std::string& source) {
  const auto* known = find(name);
  if (known == nullptr)
    return unknown(name, source);
  if (known->is == kind::list)
    return assign(*known, list_from(given), source);
  if (given.size() != 1)
    return error{errc::malformed, source + ": expected one value"};
  const auto& text = given.front();
  if (known->is == kind::number)
    return assign(*known, number_from(text), source);
  if (known->is == kind::flag && (text == "true" || text == "false"))
    return assign(*known, text == "true", source);
  return assign(*known, text, source);
}

json configuration::shown() const {
  auto out = json::object();
  for (const auto& one : keys_) {
    std::string pointer = "/" + one.name;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    auto value = one.current();
    const auto is_hidden = one.shown == secrecy::secret && value != "";
    out[json::json_pointer{pointer}] = is_hidden ? json("...") : std::move(value);
  }
  return out;
}

result<void> configuration::assign(const key& which, const json& value, const std::string& source) {
  auto done = which.assign(value);
  if (!done)
    return error{done.error().code, source + ": " + which.name + ": " + done.error().where};
  return done;
}

const configuration::key* configuration::find(std::string_view name) const {
  const auto at = std::find_if(keys_.begin(), keys_.end(),
                               [&](const key& one) { return one.name == name; });
  return at == keys_.end() ? nullptr : &*at;
}

error configuration::unknown(const std::string& name, const std::string& source) const {
  std::vector<std::string> names;
  for (const auto& one : keys_)
    names.push_back(one.name);
  const auto near = nearest(name, names);
  return {errc::unknown_key,
          source + ": " + name + (near.empty() ? "" : ": is " + near + " meant?")};
}

std::string flag_name(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c >= 'A' && c <= 'Z')
      (out += '-') += static_cast<char>(c - 'A' + 'a');
    else
      out += c == '.' ? '-' : c;
  }
  return out;
}

std::string environment_name(std::string_view service, std::string_view key) {
  auto out = "troth-" + std::string{service} + '-' + flag_name(key);
  for (auto& c : out)
    c = c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

} // namespace troth::services
