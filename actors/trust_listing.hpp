#pragma once

#include "shared/base/time.hpp"
#include "shared/collateral/depot.hpp"
#include "shared/endorsement/trust_anchors.hpp"

#include <string>

// What a verifier tells of what its judgement rests on.

namespace troth::actors {

/// Writes whom the verifier trusts: `{"anchors": [{"role", "subject", "sha256", "notBefore",
/// "notAfter"}, {"role", "keySha256"}]}`, certificates and pinned keys of roots, by what they
/// vouch for: `metadata`, `attestationKeys`, `snp`, `intel`, `status`.
std::string write_trust_anchors(const endorsement::trust_anchors& anchors);

/// Writes how old what vendors said is: `{"items": [{"kind", "key", "source", "fetched", "from",
/// "until", "stale"}]}`, by key; stale is what is good no longer, or not yet.
std::string write_collateral(const collateral::depot& from, time_point now);

} // namespace troth::actors
