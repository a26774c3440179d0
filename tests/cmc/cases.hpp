#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/hex.hpp"
#include "tests/support/vectors.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <string>

// The reference's own test tables, folder `cmc` of the vectors. Every row is carried out or
// counted as skipped; where we refuse on purpose what the reference takes, docs/differences.md
// names row and code.

namespace troth::testing {

using nlohmann::json;

/// Returns whether there are no vectors of this kind, and says so.
inline bool lacks_cmc(const std::string& folder) {
  if (const auto all = vectors_folder();
      all && std::filesystem::is_directory(*all / "cmc" / folder))
    return false;
  std::cout << "SKIPPED: no vectors cmc/" << folder << "\n";
  return true;
}

inline bytes read_cmc(const std::string& file) {
  auto content = read_vector("cmc/" + file);
  REQUIRE_MESSAGE(content.has_value(), file);
  return *std::move(content);
}

inline json read_cmc_json(const std::string& file) {
  return json::parse(read_cmc(file));
}

/// Says what a row was skipped for.
inline void skip_row(const std::string& name, const std::string& why) {
  std::cout << "SKIPPED 1: " << name << ": " << why << "\n";
}

/// Returns the name in `@name`.
inline std::string reference_in(const json& value) {
  const auto text = value.get<std::string>();
  REQUIRE(text.starts_with('@'));
  return text.substr(1);
}

/// Returns the file below `cmc` that holds the variable `@name`: what `known` says, else the one
/// that is called so, whatever its ending; nothing if it is not stored.
inline std::optional<std::string> stored_in(const std::string& folder, const json& variable,
                                            const std::map<std::string, std::string>& known) {
  const auto name = reference_in(variable);
  if (const auto at = known.find(name); at != known.end())
    return folder + '/' + at->second;
  for (const auto& each : std::filesystem::directory_iterator{*vectors_folder() / "cmc" / folder})
    if (each.path().stem() == name)
      return folder + '/' + each.path().filename().string();
  return std::nullopt;
}

/// Returns the variable that `@name` means, or the value itself; `{"$ref": name}` within it, too.
inline json resolved(json value, const json& variables) {
  if (value.is_string() && value.get<std::string>().starts_with('@'))
    return resolved(variables.at(reference_in(value)), variables);
  if (value.is_object() && value.contains("$ref"))
    return resolved(variables.at(value["$ref"].get<std::string>()), variables);
  if (value.is_structured())
    for (auto& inner : value)
      inner = resolved(inner, variables);
  return value;
}

inline bytes bytes_in(const json& hex_text) {
  auto text = hex_text.is_null() ? std::string{} : hex_text.get<std::string>();
  if (text.starts_with("hex:"))
    text.erase(0, 4);
  const auto out = from_hex(text);
  REQUIRE(out);
  return *out;
}

} // namespace troth::testing
