#pragma once

#include "shared/appraisal/ledger.hpp"
#include "shared/appraisal/signed_item.hpp"
#include "shared/report/metadata.hpp"
#include "shared/report/report.hpp"
#include "shared/report/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace troth::appraisal {

/// The metadata that may be believed, and what was found on the way.
struct appraised_metadata {
  report::metadata_summary summary;
  std::vector<const report::manifest*> manifests; ///< Authentic ones; the root manifest first.
  std::uint64_t certification_level = 0;          ///< The lowest of all manifests; 0 without any.
};

/// What the metadata of one report is appraised with.
struct metadata_inputs {
  const report::context& context;
  hash_algorithm algorithm;                               ///< Of the digests that name the items.
  const std::map<std::string, bytes>* left_out = nullptr; ///< Items the sender knew we have.
  time_point now;
};

/// Verifies every item that the context names, then how they fit together and whether they are
/// still good.
///
/// Only what signers of the pools' roots signed is looked into. `summary` owns what
/// `manifests` points to.
appraised_metadata appraise_metadata(const metadata_inputs& in, item_appraisal& items,
                                     ledger& book);

} // namespace troth::appraisal
