#pragma once

#include "shared/appraisal/certificates.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/report/metadata.hpp"
#include "shared/report/report.hpp"
#include "shared/report/result.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace troth::appraisal {

/// The metadata that may be believed, and what was found on the way.
struct appraised_metadata {
  report::metadata_summary summary;
  std::vector<const report::manifest*> manifests; ///< Authentic ones; the root manifest first.
  std::uint64_t certification_level = 0;          ///< The lowest of all manifests; 0 without any.
};

/// Verifies every item that the context names, then how they fit together.
///
/// Only what a signer of the pool's roots signed is looked into. `summary` owns what
/// `manifests` points to.
///
/// @param algorithm of the digests by which the context names its items.
appraised_metadata appraise_metadata(const report::context& context, hash_algorithm algorithm,
                                     certificate_pool& pool, time_point now, ledger& book);

} // namespace troth::appraisal
