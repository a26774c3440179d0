#include "actors/enrolment_registry.hpp"

#include "shared/files/files.hpp"

#include <algorithm>

namespace troth::actors {

namespace {

constexpr std::size_t max_name = 64 - std::string_view{" TPM AK"}.size();
constexpr std::size_t max_record_bytes = 256;

bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// Whether a record is there, and says `value`.
enum class record { none, same, other };

result<record> look_up(const std::filesystem::path& file, const std::string& value) {
  const auto content = files::read(file, max_record_bytes);
  if (content)
    return to_text(*content) == value ? record::same : record::other;
  if (content.error().code == errc::not_found)
    return record::none;
  return content.error();
}

} // namespace

bool is_machine_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= max_name && is_letter_or_digit(name.front())
         && std::ranges::all_of(name, [](char c) {
              return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
            });
}

result<void> enrolment_registry::bind(const std::string& name, const std::string& key) const {
  const auto name_file = folder_ / "names" / name;
  const auto key_file = folder_ / "keys" / key;
  const auto by_name = look_up(name_file, key);
  if (!by_name)
    return by_name.error();
  const auto by_key = look_up(key_file, name);
  if (!by_key)
    return by_key.error();
  if (*by_name == record::other)
    return error{errc::conflict, "name: another TPM has enrolled as " + name};
  if (*by_key == record::other)
    return error{errc::conflict, "ek: this TPM has enrolled under another name"};
  // The key first: a crash between the two leaves a TPM that can only enrol as what it wanted.
  if (*by_key == record::none)
    if (const auto kept = files::write(key_file, to_bytes(name), files::access::owner); !kept)
      return kept;
  if (*by_name == record::none)
    return files::write(name_file, to_bytes(key), files::access::owner);
  return {};
}

} // namespace troth::actors
