#include "services/gateway/access.hpp"

#include <algorithm>
#include <array>

namespace troth::services {

namespace {

struct action_entry {
  action what;
  std::string_view name;
};

constexpr std::array actions{
  action_entry{action::challenge, "challenge"},
  action_entry{action::attest, "attest"},
  action_entry{action::appraise, "appraise"},
  action_entry{action::read_peer_cache, "peerCache"},
  action_entry{action::measure, "measure"},
  action_entry{action::read_state, "state"},
  action_entry{action::update, "update"},
  action_entry{action::use_keys, "useKeys"},
  action_entry{action::manage_keys, "manageKeys"},
  action_entry{action::read_ca, "caCertificates"},
  action_entry{action::read_policies, "policies"},
  action_entry{action::read_audit, "audit"},
  action_entry{action::change_policies, "changePolicies"},
  action_entry{action::read_references, "references"},
  action_entry{action::change_references, "changeReferences"},
};

/// One row of the table: an action, and a role that may.
struct grant {
  action what;
  role to;
};

// An administrator says what is trusted and so is not who asks whether something is: one who does
// both has both roles. Nor does one sign in the name of what runs on a machine; and that a machine
// is attested for whoever has the role of an attester lets nobody else sign with its keys.
constexpr grant grants[]{
  {action::challenge, role::attester},
  {action::challenge, role::relying_party},
  {action::attest, role::attester},
  {action::attest, role::relying_party},
  {action::appraise, role::attester},
  {action::appraise, role::relying_party},
  {action::read_peer_cache, role::attester},
  {action::read_peer_cache, role::relying_party},
  {action::measure, role::attester},
  {action::read_state, role::relying_party},
  {action::read_state, role::system_operator},
  {action::read_state, role::administrator},
  {action::update, role::system_operator},
  {action::update, role::administrator},
  {action::use_keys, role::key_user},
  {action::manage_keys, role::key_user},
  {action::manage_keys, role::administrator},
  {action::read_ca, role::attester},
  {action::read_ca, role::relying_party},
  {action::read_ca, role::key_user},
  {action::read_ca, role::system_operator},
  {action::read_ca, role::administrator},
  {action::read_audit, role::administrator},
  {action::read_policies, role::system_operator},
  {action::read_policies, role::administrator},
  {action::change_policies, role::administrator},
  {action::read_references, role::relying_party},
  {action::read_references, role::system_operator},
  {action::read_references, role::administrator},
  {action::change_references, role::administrator},
};

std::string needed_for(action what) {
  std::string out;
  for (const auto& one : grants)
    if (one.what == what)
      out += (out.empty() ? "" : " or ") + std::string{name(one.to)};
  return out;
}

} // namespace

std::string_view name(action what) noexcept {
  const auto* const at = std::ranges::find(actions, what, &action_entry::what);
  return at == actions.end() ? std::string_view{} : at->name;
}

std::vector<action> all_actions() {
  std::vector<action> out;
  for (const auto& one : actions)
    out.push_back(one.what);
  return out;
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
