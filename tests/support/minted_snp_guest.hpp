#pragma once

#include "shared/appraisal/policy.hpp"
#include "tests/support/minted_machine.hpp"
#include "tests/support/snp_vendor.hpp"

#include <functional>
#include <optional>

namespace troth::testing {

/// A guest on a played chip, with manifests that list its launch digest: the metadata of a
/// `machine`, whose TPM it has not. As made, `rules()` affirm it. A test spoils one thing and asks
/// for the report.
struct snp_guest {
  explicit snp_guest(evidence::snp::product_line line = evidence::snp::product_line::milan);

  snp_chip chip;
  machine host;                             ///< For its manifests and its nonce.
  std::optional<device::simulated_key> vek; ///< Instead of the chip's own.
  std::vector<crypto::certificate> carried; ///< Instead of the chip's own chain.
  std::vector<bytes> revoked;               ///< Serials on the ARK's list.
  time_point list_from = minted_from;       ///< When the list is good.
  time_point list_until = minted_until;
  bool has_certificates = true; ///< Whether the report carries them.

  std::function<void(bytes&)> spoil_bytes;                              ///< Of the signed report.
  std::function<void(evidence::snp::attestation_report&)> spoil_report; ///< Before it is signed.

  report::snp_policy& policy() { return *host.manifests[0].snp; }
  report::component& reference() { return host.manifests[0].components.at(0); }

  endorsement::trust_anchors anchors() const;
  bytes report() const;

  /// The default policy, which takes SNP for a TPM and a played vendor for a real one.
  static appraisal::policy rules();
};

} // namespace troth::testing
