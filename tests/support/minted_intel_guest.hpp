#pragma once

#include "shared/appraisal/policy.hpp"
#include "shared/device/simulated_intel.hpp"
#include "tests/support/minted_machine.hpp"

#include <functional>
#include <optional>

namespace troth::testing {

/// An enclave or a trust domain on a played platform, with manifests that list what it measures:
/// the metadata of a `machine`, whose TPM it has not. As made, `rules()` affirm it. A test spoils
/// one thing and asks for the report.
struct intel_guest {
  explicit intel_guest(device::intel_tee tee);

  device::simulated_platform platform;
  machine host; ///< For its manifests and its nonce.
  evidence::sgx::enclave_report enclave;
  evidence::tdx::td_report domain;
  std::vector<report::artifact> logs; ///< Of a TD's registers.
  std::vector<bytes> revoked;         ///< Serials on the lists of root and CA.
  bool has_collateral = true;         ///< Whether the report carries it.

  // Spoilers, in the order they are called. Each may be empty.
  std::function<void(report::intel_collateral&)> spoil_collateral;
  std::function<void(evidence::sgx::quote_header&)> spoil_header; ///< Before it is signed.
  std::function<void(evidence::sgx::signature_data&)> spoil_signature;
  std::function<void(bytes&)> spoil_bytes; ///< Of the quote.

  report::manifest& root() { return host.manifests[0]; }
  bool is_sgx() const { return platform.tee == device::intel_tee::sgx; }

  /// Issues the PCK anew, for what the platform's extension says now.
  void certify();

  endorsement::trust_anchors anchors() const;
  bytes report() const;
  bytes quote(byte_view context_digest) const;

  /// The default policy, which takes this evidence for a TPM and a played vendor for a real one.
  appraisal::policy rules() const;
};

} // namespace troth::testing
