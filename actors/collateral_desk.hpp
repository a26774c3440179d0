#pragma once

#include "shared/appraisal/vendor_statements.hpp"
#include "shared/base/time.hpp"
#include "shared/collateral/depot.hpp"

#include <memory>
#include <string>
#include <vector>

namespace troth::actors {

/// Hands what a depot knows to one appraisal, and notes what it lacked or what was over: items
/// that may yet be fetched.
class collateral_desk final : public appraisal::vendor_statements {
public:
  /// @param now when items should be good.
  collateral_desk(std::shared_ptr<collateral::depot> from, time_point now)
    : from_(std::move(from)), now_(now) {
    // nop
  }

  std::optional<report::intel_collateral>
  of_platform(bool is_tdx, const endorsement::intel::pck_extension& platform) override;
  std::vector<bytes> pck_chain_of(const endorsement::intel::pck_identity& named) override;
  std::vector<bytes> of_chip(const evidence::snp::attestation_report& report) override;
  std::vector<bytes> issuers_of(evidence::snp::product_line line,
                                evidence::snp::signing_key key) override;
  std::vector<crypto::revocation_list> lists_of(evidence::snp::product_line line,
                                                evidence::snp::signing_key key) override;

  /// Returns the names of what was lacking.
  const std::vector<std::string>& missed() const noexcept { return missed_; }

private:
  std::shared_ptr<const collateral::item> find(const std::string& name);

  std::shared_ptr<collateral::depot> from_;
  time_point now_;
  std::vector<std::string> missed_;
};

} // namespace troth::actors
