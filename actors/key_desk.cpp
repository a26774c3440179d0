#include "actors/key_desk.hpp"

#include "shared/protocol/ask.hpp"
#include "shared/protocol/deadline.hpp"
#include "shared/protocol/error.hpp"

#include <caf/all.hpp>

#include <utility>

namespace troth::actors {

using namespace protocol;

namespace {

constexpr const char* certificate_chain = "application/pem-certificate-chain";
constexpr std::chrono::seconds verifier_ready_time{5};

std::string words_for(const key_authority::candidate& one) {
  std::string names;
  for (const auto* all : {&one.asked.dns_names(), &one.asked.ip_addresses()})
    for (const auto& name : *all)
      names += ' ' + name;
  return "a TLS key (" + std::string{one.kind} + ") of "
         + (one.machine.empty() ? "a machine that no certificate names" : one.machine) + " for \""
         + one.asked.common_name() + '"' + names;
}

} // namespace

key_desk::key_desk(est_actor::pointer self, std::shared_ptr<host> hosting, key_desk_ports ports,
                   std::function<void(const std::string&)> note)
  : self_(self), host_(std::move(hosting)), ports_(std::move(ports)), note_(std::move(note)) {
  // nop
}

caf::result<challenge> key_desk::challenge() {
  auto given = ports_.authority->give_challenge();
  if (!given)
    return to_caf(given.error());
  return *std::move(given);
}

caf::result<payload> key_desk::ca() {
  return host_->give(certificate_chain, ports_.authority->ca());
}

/// Takes the challenge back, whatever else is wrong, and checks what needs no verifier.
result<key_authority::candidate> key_desk::admit(const key_enrol_request& request,
                                                 const result<blob>& report) {
  const auto nonce = ports_.authority->take_challenge(request.challenge_id);
  if (!nonce)
    return nonce.error();
  if (!report)
    return error{report.error().code, "report: " + report.error().where};
  if (under_way_ >= ports_.max_under_way)
    return error{errc::exhausted, "est: too many keys at a time"};
  return ports_.authority->examine(request, protocol::to_bytes(*report), *nonce);
}

caf::result<payload> key_desk::enrol(key_enrol_request& request, const request_context& of) {
  const auto media_type = request.report.media_type;
  auto report = host_->take(std::move(request.report));
  const auto candidate = admit(request, report);
  if (!candidate) {
    note_("refused to certify a TLS key: " + to_string(candidate.error()));
    return to_caf(candidate.error());
  }
  const auto size = report->size();
  auto promised = self_->make_response_promise<payload>();
  host_->begins();
  ++under_way_;
  ask_verifier(*candidate, {media_type, *std::move(report), {}, size}, promised, of);
  return promised;
}

void key_desk::ask_verifier(const key_authority::candidate& one, payload report, promise to,
                            const request_context& of) {
  appraisal_request asked;
  asked.report = std::move(report);
  asked.nonce = one.nonce;
  asked.policy = ports_.policy;
  asked.accept = "application/json";
  asked.deadline_ms = to_unix_ms(ports_.now() + ports_.appraisal_time);
  ask<payload>(
    self_, ports_.verifier, ports_.appraisal_time,
    [=, this](const payload& verdict) {
      conclude(one, ports_.authority->certify(one, verdict.body), to, of);
    },
    [=, this](const caf::error& why) { conclude(one, from_peer(why, "verifier"), to, of); },
    appraise_atom_v, std::move(asked), of);
}

void key_desk::conclude(const key_authority::candidate& one, const result<std::string>& chain,
                        promise to, const request_context& of) {
  --under_way_;
  if (chain) {
    note_("certified " + words_for(one));
    host_->give(std::move(to), certificate_chain, *chain);
    host_->tell("enrol", "ok", of);
  } else {
    note_("refused to certify " + words_for(one) + ": " + to_string(chain.error()));
    to.deliver(to_caf(chain.error()));
    host_->tell("enrol", name(chain.error().code), of);
  }
  host_->ends();
}

caf::result<readiness> key_desk::ready(readiness so_far) {
  const auto add = [](readiness to, const std::string& why) {
    to.reasons += (to.reasons.empty() ? "" : "\n") + why;
    to.is_ready = false;
    return to;
  };
  if (const auto well = ports_.authority->check(); !well)
    so_far = add(so_far, to_string(well.error()));
  auto promised = self_->make_response_promise<readiness>();
  ask<readiness>(
    self_, ports_.verifier, verifier_ready_time,
    [=](const readiness& theirs) mutable {
      promised.deliver(theirs.is_ready ? so_far : add(so_far, "verifier: " + theirs.reasons));
    },
    [=](const caf::error& why) mutable {
      promised.deliver(add(so_far, to_string(from_peer(why, "verifier"))));
    },
    ready_atom_v);
  return promised;
}

} // namespace troth::actors
