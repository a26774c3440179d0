#pragma once

#include "shared/appraisal/certificates.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/base/time.hpp"
#include "shared/report/result.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troth::appraisal {

/// Who may sign what: a signer of one pool is nobody in the other.
struct signer_pools {
  certificate_pool& metadata; ///< Manifests and descriptions.
  certificate_pool& status;   ///< Status responses.
};

/// Verifies the signed items of one report, one after the other.
class item_appraisal {
public:
  /// @param known what earlier reports had verified; null: nothing.
  item_appraisal(signer_pools pools, time_point now, memory* known, ledger& book);

  /// Lets an item through if every signature on it holds and those who signed may.
  /// @param hash the digest by which the report names it, for people.
  /// @param computed the same, computed from the item.
  /// @returns what was found; its `item` is null if nothing of it may be believed.
  report::metadata_result run(const std::string& hash, const digest& computed,
                              byte_view signed_item);

  /// Hands on what this report's items proved.
  void keep() const;

private:
  proven_item prove(const std::string& hash, byte_view signed_item);
  bool verify(const codec::signature_entry& signature, certificate_pool& pool, std::string_view who,
              const std::shared_ptr<const report::metadata_item>& item, proven_item& out);
  void check_signers(report::metadata_result& out);
  void check_role(const report::signature_result& signature, std::string_view who,
                  std::string_view eku);
  void check_validity(report::metadata_result& out);

  signer_pools pools_;
  time_point now_;
  memory* memory_;
  ledger& book_;
  std::vector<std::pair<digest, std::shared_ptr<const proven_item>>> proven_; // by this report
};

} // namespace troth::appraisal
