#pragma once

#include "actors/appraiser.hpp"
#include "actors/host.hpp"
#include "actors/policy_book.hpp"
#include "actors/reference_book.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/interfaces.hpp"
#include "shared/store/challenge_store.hpp"
#include "shared/store/outcome_store.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace troth::actors {

/// What the owner of a verifier decides about requests.
struct verifier_options {
  host_options host;
  std::chrono::seconds challenge_lifetime{300};
  bool allow_caller_roots = false; ///< And the caller's time.
  std::size_t max_appraisals
    = 64; ///< That the appraiser takes at a time; above, no challenge goes.
};

/// All the verifier does to the world outside its mailbox. Tests pass fakes.
struct verifier_ports {
  std::function<time_point()> now;
  std::function<result<bytes>(std::size_t)> random;
  std::shared_ptr<store::challenge_store> challenges;       ///< Other verifiers may share it.
  appraiser_actor appraiser;                                ///< One worker, or a pool of them.
  std::shared_ptr<policy_book> policies;                    ///< The appraiser's, too.
  std::function<std::string(time_point)> key_set = nullptr; ///< JWK set of tokens; null: none.
  std::shared_ptr<peer_cache> peers = nullptr; ///< Null: every report brings all it needs.
  std::shared_ptr<store::outcome_store> outcomes = nullptr; ///< Null: none are kept.
  std::shared_ptr<version_book> versions = nullptr;         ///< Null: no roll-back is found.
  std::shared_ptr<report_archive> reports = nullptr;        ///< Null: none were kept.
  std::shared_ptr<reference_book> references = nullptr;     ///< The appraiser's, too; null: none.
  std::function<std::string()> anchors = nullptr;           ///< JSON: whom the appraiser trusts.
  std::function<std::string(time_point)> collateral = nullptr; ///< JSON; null: none is kept.
};

/// Behavior of the verifier. It judges nothing: the store keeps the challenges, the appraiser
/// appraises. Spawn it detached, since the store may block. Sent an exit of `user_shutdown`, it
/// finishes what it has begun first: see `host`.
protocol::verifier_actor::behavior_type verifier(protocol::verifier_actor::pointer self,
                                                 const verifier_options& options,
                                                 const verifier_ports& ports);

} // namespace troth::actors
