#include "services/caller.hpp"

#include <algorithm>
#include <array>

namespace troth::services {

namespace {

constexpr std::array roles{role::attester, role::relying_party, role::key_user,
                           role::system_operator, role::administrator};
constexpr std::array role_names{std::string_view{"attester"}, std::string_view{"relying-party"},
                                std::string_view{"key-user"}, std::string_view{"operator"},
                                std::string_view{"admin"}};

result<role> parse_role(std::string_view text) {
  const auto* const at = std::ranges::find(role_names, text);
  if (at != role_names.end())
    return roles.at(static_cast<std::size_t>(at - role_names.begin()));
  std::string known;
  for (const auto one : role_names)
    known += (known.empty() ? "" : ", ") + std::string{one};
  return error{errc::unsupported, "role " + std::string{text} + "; there are " + known};
}

} // namespace

std::span<const role> all_roles() noexcept {
  return roles;
}

std::string_view name(role which) noexcept {
  return role_names.at(static_cast<std::size_t>(which));
}

result<std::vector<role>> parse_roles(std::string_view text) {
  if (text.empty())
    return error{errc::malformed, "expected ROLE+ROLE"};
  std::vector<role> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('+', begin), text.size());
    const auto read = parse_role(text.substr(begin, end - begin));
    if (!read)
      return read.error();
    out.push_back(*read);
    begin = end + 1;
  }
  return out;
}

} // namespace troth::services
