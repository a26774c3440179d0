#pragma once

#include "shared/base/result.hpp"
#include "shared/codec/json.hpp"
#include "shared/codec/json_writer.hpp"

#include <optional>
#include <string>
#include <vector>

// What the objects about TLS keys have in common: texts, and arrays of them.

namespace troth::wire {

/// Takes members out of an object, each by its name; the first failure sticks.
class key_members {
public:
  /// @param place names the object in errors.
  key_members(nlohmann::json from, std::string place);

  // Each of these fails with `malformed` for a member of another kind, and with `too_large` above
  // 1 KiB a text and 100 texts.

  /// Takes a text. @returns it; empty if it is absent, which is `missing` if it is needed, and then
  /// an empty one is `malformed`.
  std::string text(const char* name, bool is_needed);

  /// Takes an array of texts, none of which may be empty; an absent one is.
  std::vector<std::string> texts(const char* name);

  /// Fails with `unknown_key` if a member was not taken.
  void refuse_others();

  const std::optional<error>& failure() const { return failure_; }

private:
  nlohmann::json take(const char* name, bool is_needed);
  std::string checked(const char* name, std::string value, bool is_needed);
  void fail(errc code, const std::string& why);

  nlohmann::json from_;
  std::string place_;
  std::optional<error> failure_;
};

void write_member(codec::json_writer& out, const char* name, const std::string& value);
void write_texts(codec::json_writer& out, const char* name, const std::vector<std::string>& texts);

} // namespace troth::wire
