#include "services/gateway/operations.hpp"

#include "shared/protocol/deadline.hpp"
#include "shared/report/report.hpp"
#include "shared/wire/key_orders.hpp"
#include "shared/wire/tls_keys.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troth::services {

namespace {

using namespace protocol;

/// The peer fails a request when its deadline is over; this much later nobody answers any more.
constexpr std::chrono::seconds grace{2};

} // namespace

template <class Answer, class... Ts>
void operations::ask_verifiers(const char* what, answer<Answer> then, Ts... message) const {
  if (!parts_.verifiers)
    return then(error{errc::not_found, std::string{what} + ": no verifier is configured"});
  parts_.actors->ask<Answer>(*parts_.verifiers, "verifiers", answer_time(), std::move(then),
                             std::move(message)...);
}

void operations::challenge(const origin& from, answer<protocol::challenge> then) const {
  if (const auto may = check_access(from.who, action::challenge); !may)
    return then(may.error());
  ask_verifiers("challenges", std::move(then), challenge_atom_v, from.context);
}

void operations::attest(const origin& from, attest_request asked, answer<payload> then) const {
  if (const auto may = check_access(from.who, action::attest); !may)
    return then(may.error());
  if (!parts_.provers)
    return then(error{errc::not_found, "attestations: no prover is configured"});
  asked.deadline_ms = deadline();
  parts_.actors->ask<payload>(*parts_.provers, "provers", answer_time(), std::move(then),
                              attest_atom_v, std::move(asked), from.context);
}

void operations::appraise(const origin& from, appraisal_request asked, answer<payload> then) const {
  if (const auto may = check_access(from.who, action::appraise); !may)
    return then(may.error());
  asked.deadline_ms = deadline();
  ask_verifiers("appraisals", std::move(then), appraise_atom_v, std::move(asked), from.context);
}

void operations::keys(const request_context& of, answer<payload> then) const {
  ask_verifiers("keys", std::move(then), keys_atom_v, of);
}

void operations::policies(const origin& from, answer<payload> then) const {
  if (const auto may = check_access(from.who, action::read_policies); !may)
    return then(may.error());
  ask_verifiers("policies", std::move(then), policies_atom_v, from.context);
}

void operations::policy(const origin& from, policy_request asked, answer<payload> then) const {
  const auto what = asked.action == policy_action::get ? action::read_policies
                                                       : action::change_policies;
  if (const auto may = check_access(from.who, what); !may)
    return then(may.error());
  asked.author = from.who.name;
  ask_verifiers("policies", std::move(then), policies_atom_v, std::move(asked), from.context);
}

void operations::references(const origin& from, answer<payload> then) const {
  if (const auto may = check_access(from.who, action::read_references); !may)
    return then(may.error());
  ask_verifiers("reference values", std::move(then), references_atom_v, from.context);
}

void operations::reference(const origin& from, reference_request asked,
                           answer<payload> then) const {
  const auto what = asked.action == reference_action::get ? action::read_references
                                                          : action::change_references;
  if (const auto may = check_access(from.who, what); !may)
    return then(may.error());
  asked.author = from.who.name;
  ask_verifiers("reference values", std::move(then), references_atom_v, std::move(asked),
                from.context);
}

void operations::anchors(const origin& from, answer<payload> then) const {
  if (const auto may = check_access(from.who, action::read_references); !may)
    return then(may.error());
  ask_verifiers("trust anchors", std::move(then), anchors_atom_v, from.context);
}

void operations::collateral(const origin& from, answer<payload> then) const {
  if (const auto may = check_access(from.who, action::read_references); !may)
    return then(may.error());
  ask_verifiers("collateral", std::move(then), collateral_atom_v, from.context);
}

void operations::metadata(const origin& from, metadata_request asked, answer<payload> then) const {
  const auto is_read = asked.action == metadata_action::list
                       || asked.action == metadata_action::get;
  const auto what = is_read ? action::read_references : action::change_references;
  if (const auto may = check_access(from.who, what); !may)
    return then(may.error());
  if (!parts_.est)
    return then(error{errc::not_found, "metadata: no EST server is configured"});
  asked.author = from.who.name;
  parts_.actors->ask<payload>(*parts_.est, "est", answer_time(), std::move(then), metadata_atom_v,
                              std::move(asked), from.context);
}

void operations::outcome(const origin& from, outcome_request asked, answer<payload> then) const {
  if (const auto may = check_access(from.who, action::appraise); !may)
    return then(may.error());
  ask_verifiers("appraisals", std::move(then), outcome_atom_v, std::move(asked), from.context);
}

std::chrono::milliseconds operations::answer_time() const {
  return parts_.patience + grace;
}

void operations::try_policy(const origin& from, appraisal_request asked,
                            answer<payload> then) const {
  if (const auto may = check_access(from.who, action::read_policies); !may)
    return then(may.error());
  asked.deadline_ms = deadline();
  ask_verifiers("policies", std::move(then), appraise_atom_v, std::move(asked), from.context);
}

void operations::known(const origin& from, std::string peer, answer<known_items> then) const {
  if (const auto may = check_access(from.who, action::read_peer_cache); !may)
    return then(may.error());
  if (!parts_.verifiers)
    return then(known_items{}); // nothing is kept
  parts_.actors->ask<known_items>(*parts_.verifiers, "verifiers", answer_time(), std::move(then),
                                  known_atom_v, std::move(peer), from.context);
}

void operations::measure(const origin& from, const report::component& container,
                         answer<payload> then) const {
  if (const auto may = check_access(from.who, action::measure); !may)
    return then(may.error());
  if (!parts_.provers)
    return then(error{errc::not_found, "Measure: no prover is configured"});
  parts_.actors->ask<payload>(*parts_.provers, "provers", answer_time(), std::move(then),
                              measure_atom_v, to_blob(report::write_component(container)),
                              from.context);
}

void operations::tls_key(const origin& from, tls_key_request asked, answer<payload> then) const {
  namespace act = tls_key_action;
  const auto is_signing = asked.action == act::sign;
  then = noting_key_use(from, asked, std::move(then));
  const auto needed = is_signing || asked.action == act::create ? action::use_keys
                                                                : action::manage_keys;
  if (const auto may = check_access(from.who, needed); !may)
    return then(may.error());
  if (is_signing)
    if (const auto good = wire::check_signature_order(asked); !good)
      return then(good.error());
  if (!parts_.provers)
    return then(error{errc::not_found, "TLS keys: no prover is configured"});
  asked.caller = from.who.name;
  asked.is_of_all = needed == action::manage_keys
                    && std::ranges::find(from.who.roles, role::administrator)
                         != from.who.roles.end();
  asked.deadline_ms = deadline();
  parts_.actors->ask<payload>(*parts_.provers, "provers", answer_time(), std::move(then),
                              tls_keys_atom_v, std::move(asked), from.context);
}

operations::answer<payload> operations::noting_key_use(const origin& from,
                                                       const tls_key_request& asked,
                                                       answer<payload> then) const {
  if (!parts_.on_key_use || asked.action == tls_key_action::list
      || asked.action == tls_key_action::certificate)
    return then;
  key_use seen{from.context.id, from.who.name, asked.action, asked.id, {}};
  return [note = parts_.on_key_use, seen = std::move(seen),
          then = std::move(then)](result<payload> answered) mutable {
    if (!answered)
      seen.code = name(answered.error().code);
    else if (seen.key.empty()) // which it has from now on
      if (const auto made = wire::read_tls_keys(answered->body); made && !made->empty())
        seen.key = made->front().id;
    note(seen);
    then(std::move(answered));
  };
}

void operations::ca_certificates(const origin& from, answer<payload> then) const {
  if (const auto may = check_access(from.who, action::read_ca); !may)
    return then(may.error());
  if (!parts_.est)
    return then(error{errc::not_found, "CA certificates: no EST server is configured"});
  parts_.actors->ask<payload>(*parts_.est, "est", answer_time(), std::move(then), ca_atom_v,
                              from.context);
}

void operations::update(const origin& from, const std::string& what, answer<readiness> then) const {
  if (const auto may = check_access(from.who, action::update); !may)
    return then(may.error());
  if (!parts_.provers)
    return then(error{errc::not_found, "Update: no prover is configured"});
  const auto judge = [then = std::move(then)](const result<readiness>& done) {
    if (done && !done->is_ready)
      return then(error{errc::unavailable, "Update: " + done->reasons});
    then(done);
  };
  parts_.actors->ask<readiness>(*parts_.provers, "provers", answer_time(), judge, update_atom_v,
                                what, from.context);
}

std::uint64_t operations::deadline() const {
  return protocol::to_unix_ms(parts_.now() + parts_.patience);
}

} // namespace troth::services
