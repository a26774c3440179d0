#pragma once

#include "actors/appraisal_memory.hpp"
#include "actors/peer_cache.hpp"
#include "actors/version_book.hpp"
#include "shared/appraisal/policy.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/endorsement/trust_anchors.hpp"
#include "shared/protocol/interfaces.hpp"
#include "shared/report/result.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace troth::appraisal {
struct inputs;
}

namespace troth::actors {

/// Appraises for a verifier, which has checked the request and knows the nonce. Within one
/// process only.
///
/// - `appraise, request, nonce` -> the result, whole; an error only if no verdict could be
///   reached: `malformed` roots or time, `not_found` for a policy, `unsupported` to accept.
using appraiser_actor
  = caf::typed_actor<caf::replies_to<protocol::appraise_atom, protocol::appraisal_request,
                                     protocol::blob>::with<protocol::payload>>;

/// What the owner of the verifier decided about appraisal. Shared by all workers.
struct appraiser_rules {
  std::string verifier_name;
  endorsement::trust_anchors anchors;
  std::string default_policy;
  std::map<std::string, appraisal::policy, std::less<>> policies; ///< That a caller may name.
};

/// What a verifier remembers from one appraisal to the next; null: nothing of that kind.
struct appraiser_memory {
  std::shared_ptr<appraisal_memory> proofs;
  std::shared_ptr<version_book> versions;
  std::shared_ptr<peer_cache> peers;
};

/// What an appraiser needs from the core and the world. Called from several threads at once.
struct appraiser_ports {
  std::function<report::attestation_result(const appraisal::inputs&)> appraise;
  std::function<time_point()> now;
  appraiser_memory memory = {};
};

/// Behavior of one appraiser. CPU work only, so it shares the scheduler's threads.
appraiser_actor::behavior_type appraiser(const std::shared_ptr<const appraiser_rules>& rules,
                                         const appraiser_ports& ports);

} // namespace troth::actors
