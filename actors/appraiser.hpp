#pragma once

#include "actors/appraisal_memory.hpp"
#include "actors/collateral_keeper.hpp"
#include "actors/peer_cache.hpp"
#include "actors/policy_book.hpp"
#include "actors/reference_book.hpp"
#include "actors/report_archive.hpp"
#include "actors/version_book.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/endorsement/trust_anchors.hpp"
#include "shared/policy/user_policy.hpp"
#include "shared/protocol/interfaces.hpp"
#include "shared/report/faces.hpp"
#include "shared/report/result.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace troth::appraisal {
struct inputs;
}

namespace troth::actors {

/// Appraises for a verifier, which has checked the request and knows the nonce. Within one
/// process only.
///
/// - `appraise, request, context, nonce` -> the result, whole, under the face that was asked for. A
/// request
///   for a kept report has it, as `write_kept_report` made it, as its report. An error
///   only if no verdict could be reached or told: `malformed` roots, time or
///   envelope of the report, `not_found` for a
///   policy, `timeout` if the request's deadline has passed, `unsupported` to accept, `forbidden`
///   for a token on what the caller chose, `unavailable` without the helper of scripts.
using appraiser_actor = caf::typed_actor<
  caf::replies_to<protocol::appraise_atom, protocol::appraisal_request, protocol::request_context,
                  protocol::blob>::with<protocol::payload>>;

/// What the owner of the verifier decided about appraisal. Shared by all workers.
struct appraiser_rules {
  std::string verifier_name;
  endorsement::trust_anchors anchors;
  std::shared_ptr<const policy_book> policies;                ///< That apply, or a caller may name.
  std::shared_ptr<const reference_book> references = nullptr; ///< Null: those of manifests alone.
  std::optional<report::ear_issuer> issuer;                   ///< Nothing: no tokens.
  policy::user_policies scripts;                              ///< That judge every result.
};

/// What a verifier remembers from one appraisal to the next; null: nothing of that kind.
struct appraiser_memory {
  std::shared_ptr<appraisal_memory> proofs;
  std::shared_ptr<version_book> versions;
  std::shared_ptr<peer_cache> peers;
  std::shared_ptr<report_archive> reports;
};

/// What vendors say, for reports that do not carry it.
struct collateral_supply {
  std::shared_ptr<collateral::depot> depot; ///< Null: what is not carried is not there.
  collateral_keeper_actor amd = {};         ///< Fetches what is lacking; null: nobody does.
  collateral_keeper_actor intel = {};
  std::chrono::milliseconds patience = std::chrono::seconds{10}; ///< With them.
};

/// What an appraiser needs from the core and the world. Called from several threads at once.
struct appraiser_ports {
  std::function<report::attestation_result(const appraisal::inputs&)> appraise;
  std::function<time_point()> now;
  appraiser_memory memory = {};
  policy::script_runner run_script = {}; ///< Only called where there are scripts.

  /// Told of each request: the verdict, or the code of why there is none.
  std::function<void(std::string_view verdict, const protocol::appraisal_request& asked,
                     const protocol::request_context& of)>
    told = {};

  collateral_supply collateral = {};
};

/// Behavior of one appraiser. CPU work only, so it shares the scheduler's threads; where scripts
/// judge, whose helper it waits for, spawn it detached. A report that lacks what can be fetched is
/// appraised once more when it is there, or when `patience` or the request's time is over.
appraiser_actor::behavior_type appraiser(appraiser_actor::pointer self,
                                         const std::shared_ptr<const appraiser_rules>& rules,
                                         const appraiser_ports& ports);

} // namespace troth::actors
