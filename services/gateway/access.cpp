#include "services/gateway/access.hpp"

#include <algorithm>
#include <array>

namespace troth::services {

namespace {

constexpr std::array roles{role::attester, role::relying_party, role::system_operator,
                           role::administrator};
constexpr std::array role_names{std::string_view{"attester"}, std::string_view{"relying-party"},
                                std::string_view{"operator"}, std::string_view{"admin"}};

constexpr std::array actions{action::challenge,       action::attest,  action::appraise,
                             action::read_peer_cache, action::measure, action::update,
                             action::use_keys};

/// One row of the table: an action, and a role that may.
struct grant {
  action what;
  role to;
};

// An administrator says what is trusted and so is not who asks whether something is: one who does
// both has both roles.
constexpr grant grants[]{
  {action::challenge, role::attester},       {action::challenge, role::relying_party},
  {action::attest, role::attester},          {action::attest, role::relying_party},
  {action::appraise, role::attester},        {action::appraise, role::relying_party},
  {action::read_peer_cache, role::attester}, {action::read_peer_cache, role::relying_party},
  {action::measure, role::attester},         {action::update, role::system_operator},
  {action::update, role::administrator},     {action::use_keys, role::attester},
};

std::string needed_for(action what) {
  std::string out;
  for (const auto& one : grants)
    if (one.what == what)
      out += (out.empty() ? "" : " or ") + std::string{name(one.to)};
  return out;
}

} // namespace

std::string_view name(role which) noexcept {
  return role_names.at(static_cast<std::size_t>(which));
}

std::span<const role> all_roles() noexcept {
  return roles;
}

result<role> parse_role(std::string_view text) {
  const auto at = std::ranges::find(role_names, text);
  if (at != role_names.end())
    return roles.at(static_cast<std::size_t>(at - role_names.begin()));
  std::string known;
  for (const auto one : role_names)
    known += (known.empty() ? "" : ", ") + std::string{one};
  return error{errc::unsupported, "role " + std::string{text} + "; there are " + known};
}

std::string_view name(action what) noexcept {
  constexpr std::array names{std::string_view{"challenge"}, std::string_view{"attest"},
                             std::string_view{"appraise"},  std::string_view{"peerCache"},
                             std::string_view{"measure"},   std::string_view{"update"},
                             std::string_view{"keys"}};
  return names.at(static_cast<std::size_t>(what));
}

std::span<const action> all_actions() noexcept {
  return actions;
}

result<void> check_access(const caller& who, action what) {
  const auto may = std::ranges::any_of(grants, [&](const grant& one) {
    return one.what == what && std::ranges::find(who.roles, one.to) != who.roles.end();
  });
  if (may)
    return {};
  return error{errc::forbidden, std::string{name(what)} + ": needs the role " + needed_for(what)
                                  + ", which " + who.name + " does not have"};
}

} // namespace troth::services
