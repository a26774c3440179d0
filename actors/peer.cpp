#include "actors/peer.hpp"

#include "actors/peer_requests.hpp"

#include <caf/all.hpp>

#include <utility>

namespace troth::actors {

namespace {

using namespace protocol;

template <class Handle>
using core_ptr = std::shared_ptr<peer_requests<Handle>>;

template <class Handle>
core_ptr<Handle> make_core(typename peer_requests<Handle>::pointer self,
                           const peer_options& options, const peer_ports& ports) {
  self->send(self, tick_atom::value);
  return std::make_shared<peer_requests<Handle>>(self, options, ports);
}

template <class Handle>
using self_handle = typename peer_requests<Handle>::self_handle;

/// Asks with a request of which a member is a body of any size.
template <class Handle, class Atom, class Request>
caf::typed_response_promise<payload>
ask_with_body(peer_requests<Handle>* core, std::uint64_t deadline_ms, repeats how, Atom what,
              Request& request, payload Request::*member, const request_context& of) {
  const auto body = std::make_shared<const payload>(std::exchange(request.*member, {}));
  const auto rest = std::make_shared<const Request>(std::move(request));
  return core->template begin<payload>(deadline_ms, how, [=](std::uint64_t ticket) {
    core->upload(ticket, body, [=](payload&& put) {
      auto whole = *rest;
      whole.*member = std::move(put);
      core->template send<payload>(ticket, what, std::move(whole), of);
    });
  });
}

self_handle<driver_actor>::behavior_type driver_peer(self_handle<driver_actor>::pointer self,
                                                     const peer_options& options,
                                                     const peer_ports& ports) {
  const auto core = make_core<driver_actor>(self, options, ports);
  return peer_behavior<driver_actor>(
    core, options.ours,
    [core](collateral_atom what, const request_context& of) {
      return core->ask<payload>(0, repeats::never, what, of);
    },
    [core](evidence_atom what, const blob& nonce, const request_context& of) {
      return core->ask<payload>(0, repeats::never, what, nonce, of);
    },
    [core](measure_atom what, const blob& container, const request_context& of) {
      return core->ask<payload>(0, repeats::never, what, container, of);
    },
    [core](update_atom what, const request_context& of) {
      return core->ask<readiness>(0, repeats::never, what, of);
    },
    [core](make_key_atom what, const std::string& algorithm, const request_context& of) {
      return core->ask<anchor_key>(0, repeats::never, what, algorithm, of);
    },
    [core](certify_key_atom what, const anchor_key& key, const blob& nonce,
           const request_context& of) {
      return core->ask<key_certification>(0, repeats::never, what, key, nonce, of);
    },
    [core](sign_atom what, const anchor_key& key, const std::string& hash, const blob& digest,
           const request_context& of) {
      return core->ask<blob>(0, repeats::once, what, key, hash, digest, of);
    });
}

self_handle<prover_actor>::behavior_type prover_peer(self_handle<prover_actor>::pointer self,
                                                     const peer_options& options,
                                                     const peer_ports& ports) {
  const auto core = make_core<prover_actor>(self, options, ports);
  return peer_behavior<prover_actor>(
    core, options.ours,
    [core](attest_atom what, const attest_request& request, const request_context& of) {
      return core->ask<payload>(request.deadline_ms, repeats::once, what, request, of);
    },
    [core](measure_atom what, const blob& container, const request_context& of) {
      return core->ask<payload>(0, repeats::never, what, container, of);
    },
    [core](update_atom what, const std::string& which, const request_context& of) {
      return core->ask<readiness>(0, repeats::never, what, which, of);
    },
    [core](tls_keys_atom what, const tls_key_request& request, const request_context& of) {
      const auto how = request.action == tls_key_action::sign ? repeats::once : repeats::never;
      return core->ask<payload>(request.deadline_ms, how, what, request, of);
    });
}

caf::typed_response_promise<payload> keep_outcome(const core_ptr<verifier_actor>& core,
                                                  outcome_request& request,
                                                  const request_context& of) {
  const auto how = request.action == outcome_action::begin ? repeats::never : repeats::once;
  return ask_with_body(core.get(), 0, how, outcome_atom_v, request, &outcome_request::outcome, of);
}

caf::typed_response_promise<payload> appraise(const core_ptr<verifier_actor>& core,
                                              appraisal_request& request,
                                              const request_context& of) {
  const auto how = request.challenge_id.empty() ? repeats::once : repeats::never;
  return ask_with_body(core.get(), request.deadline_ms, how, appraise_atom_v, request,
                       &appraisal_request::report, of);
}

self_handle<verifier_actor>::behavior_type verifier_peer(self_handle<verifier_actor>::pointer self,
                                                         const peer_options& options,
                                                         const peer_ports& ports) {
  const auto core = make_core<verifier_actor>(self, options, ports);
  return peer_behavior<verifier_actor>(
    core, options.ours,
    [core](challenge_atom what, const request_context& of) {
      return core->ask<challenge>(0, repeats::once, what, of);
    },
    [core](appraise_atom, appraisal_request& request, const request_context& of) {
      return appraise(core, request, of);
    },
    [core](known_atom what, const std::string& peer, const request_context& of) {
      return core->ask<known_items>(0, repeats::once, what, peer, of);
    },
    [core](keys_atom what, const request_context& of) {
      return core->ask<payload>(0, repeats::once, what, of);
    },
    [core](policies_atom what, const request_context& of) {
      return core->ask<payload>(0, repeats::once, what, of);
    },
    [core](policies_atom what, const policy_request& request, const request_context& of) {
      const auto how = request.action == policy_action::get ? repeats::once : repeats::never;
      return core->ask<payload>(0, how, what, request, of);
    },
    [core](references_atom what, const request_context& of) {
      return core->ask<payload>(0, repeats::once, what, of);
    },
    [core](references_atom what, const reference_request& request, const request_context& of) {
      const auto how = request.action == reference_action::get ? repeats::once : repeats::never;
      return core->ask<payload>(0, how, what, request, of);
    },
    [core](anchors_atom what, const request_context& of) {
      return core->ask<payload>(0, repeats::once, what, of);
    },
    [core](collateral_atom what, const request_context& of) {
      return core->ask<payload>(0, repeats::once, what, of);
    },
    [core](outcome_atom, outcome_request& request, const request_context& of) {
      return keep_outcome(core, request, of);
    });
}

self_handle<est_actor>::behavior_type est_peer(self_handle<est_actor>::pointer self,
                                               const peer_options& options,
                                               const peer_ports& ports) {
  const auto core = make_core<est_actor>(self, options, ports);
  return peer_behavior<est_actor>(
    core, options.ours,
    [core](enrol_atom what, const enrol_request& request, const request_context& of) {
      return core->ask<enrol_response>(0, repeats::never, what, request, of);
    },
    [core](challenge_atom what, const request_context& of) {
      return core->ask<challenge>(0, repeats::never, what, of);
    },
    [core](enrol_atom what, key_enrol_request& request, const request_context& of) {
      return ask_with_body(core.get(), 0, repeats::never, what, request, &key_enrol_request::report,
                           of);
    },
    [core](ca_atom what, const request_context& of) {
      return core->ask<payload>(0, repeats::once, what, of);
    },
    [core](metadata_atom what, const request_context& of) {
      return core->ask<std::vector<metadata_entry>>(0, repeats::once, what, of);
    },
    [core](metadata_atom what, const std::string& digest, const request_context& of) {
      return core->ask<payload>(0, repeats::once, what, digest, of);
    },
    [core](metadata_atom what, metadata_request& request, const request_context& of) {
      return ask_with_body(core.get(), 0, repeats::never, what, request, &metadata_request::item,
                           of);
    });
}

} // namespace

driver_actor spawn_driver_peer(caf::actor_system& system, const peer_options& options,
                               const peer_ports& ports) {
  return system.spawn(driver_peer, options, ports);
}

prover_actor spawn_prover_peer(caf::actor_system& system, const peer_options& options,
                               const peer_ports& ports) {
  return system.spawn(prover_peer, options, ports);
}

verifier_actor spawn_verifier_peer(caf::actor_system& system, const peer_options& options,
                                   const peer_ports& ports) {
  return system.spawn(verifier_peer, options, ports);
}

est_actor spawn_est_peer(caf::actor_system& system, const peer_options& options,
                         const peer_ports& ports) {
  return system.spawn(est_peer, options, ports);
}

} // namespace troth::actors
