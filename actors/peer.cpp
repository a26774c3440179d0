#include "actors/peer.hpp"

#include "actors/peer_requests.hpp"

#include <caf/all.hpp>

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

self_handle<driver_actor>::behavior_type driver_peer(self_handle<driver_actor>::pointer self,
                                                     const peer_options& options,
                                                     const peer_ports& ports) {
  const auto core = make_core<driver_actor>(self, options, ports);
  return peer_behavior<driver_actor>(
    core, options.ours, [core](collateral_atom what) { return core->ask<payload>(0, what); },
    [core](evidence_atom what, const blob& nonce) { return core->ask<payload>(0, what, nonce); },
    [core](measure_atom what, const blob& container) {
      return core->ask<payload>(0, what, container);
    },
    [core](update_atom what) { return core->ask<readiness>(0, what); });
}

self_handle<prover_actor>::behavior_type prover_peer(self_handle<prover_actor>::pointer self,
                                                     const peer_options& options,
                                                     const peer_ports& ports) {
  const auto core = make_core<prover_actor>(self, options, ports);
  return peer_behavior<prover_actor>(
    core, options.ours,
    [core](attest_atom what, const attest_request& request) {
      return core->ask<payload>(request.deadline_ms, what, request);
    },
    [core](measure_atom what, const blob& container) {
      return core->ask<payload>(0, what, container);
    },
    [core](update_atom what, const std::string& which) {
      return core->ask<readiness>(0, what, which);
    });
}

caf::typed_response_promise<payload> keep_outcome(const core_ptr<verifier_actor>& core,
                                                  outcome_request& request) {
  const auto begun = core->start<payload>();
  if (!begun.ticket)
    return begun.promise;
  auto outcome = std::move(request.outcome);
  core->upload(*begun.ticket, std::move(outcome),
               [core, ticket = *begun.ticket, request](payload&& put) mutable {
                 request.outcome = std::move(put);
                 core->send<payload>(ticket, outcome_atom_v, request);
               });
  return begun.promise;
}

caf::typed_response_promise<payload> appraise(const core_ptr<verifier_actor>& core,
                                              appraisal_request& request) {
  const auto begun = core->start<payload>(request.deadline_ms);
  if (!begun.ticket)
    return begun.promise;
  auto report = std::move(request.report);
  core->upload(*begun.ticket, std::move(report),
               [core, ticket = *begun.ticket, request](payload&& put) mutable {
                 request.report = std::move(put);
                 core->send<payload>(ticket, appraise_atom_v, request);
               });
  return begun.promise;
}

self_handle<verifier_actor>::behavior_type verifier_peer(self_handle<verifier_actor>::pointer self,
                                                         const peer_options& options,
                                                         const peer_ports& ports) {
  const auto core = make_core<verifier_actor>(self, options, ports);
  return peer_behavior<verifier_actor>(
    core, options.ours, [core](challenge_atom what) { return core->ask<challenge>(0, what); },
    [core](appraise_atom, appraisal_request& request) { return appraise(core, request); },
    [core](known_atom what, const std::string& peer) {
      return core->ask<known_items>(0, what, peer);
    },
    [core](keys_atom what) { return core->ask<payload>(0, what); },
    [core](policies_atom what) { return core->ask<payload>(0, what); },
    [core](policies_atom what, const policy_request& request) {
      return core->ask<payload>(0, what, request);
    },
    [core](outcome_atom, outcome_request& request) { return keep_outcome(core, request); });
}

self_handle<est_actor>::behavior_type est_peer(self_handle<est_actor>::pointer self,
                                               const peer_options& options,
                                               const peer_ports& ports) {
  const auto core = make_core<est_actor>(self, options, ports);
  return peer_behavior<est_actor>(
    core, options.ours,
    [core](enrol_atom what, const enrol_request& request) {
      return core->ask<enrol_response>(0, what, request);
    },
    [core](metadata_atom what) { return core->ask<std::vector<metadata_entry>>(0, what); },
    [core](metadata_atom what, const std::string& digest) {
      return core->ask<payload>(0, what, digest);
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
