#include "shared/wire/key_members.hpp"

#include <utility>

namespace troth::wire {

namespace {

constexpr std::size_t max_text_bytes = 1024; // of a name
constexpr std::size_t max_names = 100;
constexpr std::size_t max_shown_bytes = 64; // of a member's name, in an error

} // namespace

key_members::key_members(nlohmann::json from, std::string place)
  : from_(std::move(from)), place_(std::move(place)) {
  if (!from_.is_object())
    failure_ = error{errc::malformed, place_ + ": expected an object"};
}

std::string key_members::text(const char* name, bool is_needed) {
  const auto taken = take(name, is_needed);
  if (!taken.is_null() && !taken.is_string())
    fail(errc::malformed, std::string{name} + ": expected a text");
  return checked(name, taken.is_string() ? taken.get<std::string>() : std::string{}, is_needed);
}

std::vector<std::string> key_members::texts(const char* name) {
  std::vector<std::string> out;
  const auto taken = take(name, false);
  if (!taken.is_null() && !taken.is_array())
    fail(errc::malformed, std::string{name} + ": expected an array of texts");
  if (taken.size() > max_names)
    fail(errc::too_large, std::string{name} + ": more than " + std::to_string(max_names));
  if (failure_)
    return out;
  for (const auto& one : taken) {
    if (!one.is_string())
      fail(errc::malformed, std::string{name} + ": expected texts");
    else
      out.push_back(checked(name, one.get<std::string>(), true));
  }
  return out;
}

void key_members::refuse_others() {
  if (!failure_ && !from_.empty())
    fail(errc::unknown_key, from_.begin().key().substr(0, max_shown_bytes) + ": is not read");
}

nlohmann::json key_members::take(const char* name, bool is_needed) {
  if (failure_)
    return {};
  const auto at = from_.find(name);
  if (at == from_.end()) {
    if (is_needed)
      fail(errc::missing, name);
    return {};
  }
  auto out = std::move(*at);
  from_.erase(at);
  return out;
}

std::string key_members::checked(const char* name, std::string value, bool is_needed) {
  if (value.size() > max_text_bytes)
    fail(errc::too_large,
         std::string{name} + ": more than " + std::to_string(max_text_bytes) + " bytes");
  if (is_needed && value.empty())
    fail(errc::malformed, std::string{name} + ": is empty");
  return value;
}

void key_members::fail(errc code, const std::string& why) {
  if (!failure_)
    failure_ = error{code, place_ + '.' + why};
}

void write_texts(codec::json_writer& out, const char* name, const std::vector<std::string>& texts) {
  out.name(name);
  out.begin_array();
  for (const auto& one : texts)
    out.text(one);
  out.end_array();
}

void write_member(codec::json_writer& out, const char* name, const std::string& value) {
  out.name(name);
  out.text(value);
}

} // namespace troth::wire
