#pragma once

#include "shared/base/bytes.hpp"
#include "shared/crypto/revocation_list.hpp"
#include "shared/endorsement/intel_pck.hpp"
#include "shared/endorsement/intel_pck_identity.hpp"
#include "shared/evidence/snp/report.hpp"
#include "shared/report/component.hpp"

#include <optional>
#include <vector>

namespace troth::appraisal {

/// What vendors say of their silicon, as far as the verifier holds it: for evidence that came
/// without. Nothing in it is believed more than what a report carries. Answers at once: what is
/// not held is not there.
class vendor_statements {
public:
  vendor_statements() = default;
  vendor_statements(const vendor_statements&) = delete;
  vendor_statements& operator=(const vendor_statements&) = delete;
  virtual ~vendor_statements() = default;

  /// Returns Intel's collateral for a platform whose PCK certificate is good; or nothing.
  virtual std::optional<report::intel_collateral>
  of_platform(bool is_tdx, const endorsement::intel::pck_extension& platform) = 0;

  /// Returns the PCK certificate that a quote names and does not bring, and its issuers, DER, leaf
  /// first; empty: none.
  virtual std::vector<bytes> pck_chain_of(const endorsement::intel::pck_identity& named) = 0;

  /// Returns the certificates of a report's VCEK and of its issuers, DER, leaf first; empty: none.
  virtual std::vector<bytes> of_chip(const evidence::snp::attestation_report& report) = 0;

  /// Returns the certificates of who issues such keys and of its root, DER; empty: none.
  virtual std::vector<bytes>
  issuers_of(evidence::snp::product_line line, evidence::snp::signing_key key) = 0;

  /// Returns AMD's revocation lists for the issuer of such keys.
  virtual std::vector<crypto::revocation_list>
  lists_of(evidence::snp::product_line line, evidence::snp::signing_key key) = 0;
};

} // namespace troth::appraisal
