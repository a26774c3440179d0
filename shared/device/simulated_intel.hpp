#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/device/simulated_amd.hpp"
#include "shared/endorsement/intel_pck.hpp"
#include "shared/endorsement/intel_tcb_info.hpp"
#include "shared/evidence/sgx/quote.hpp"
#include "shared/evidence/tdx/quote.hpp"
#include "shared/report/component.hpp"

#include <optional>
#include <string>
#include <vector>

// Intel, played: keys, certificates and statements of the same shape, under a root that nobody
// else trusts; and a platform that such a vendor certified.

namespace troth::device {

/// The root, and whom it certified.
struct simulated_intel {
  simulated_key root;
  simulated_key platform_ca;
  simulated_key processor_ca;
  simulated_key tcb_signer;

  /// Makes one with keys of its own. @returns what `crypto::issue` does.
  static result<simulated_intel> make(time_point not_before, time_point not_after);

  /// Makes a PCK, by the CA for platforms of that kind.
  result<simulated_key> make_pck(const endorsement::intel::pck_extension& of, time_point not_before,
                                 time_point not_after) const;

  /// Returns the CA that issues PCKs with this extension.
  const simulated_key& ca_of(const endorsement::intel::pck_extension& pck) const {
    return pck.platform_instance_id ? platform_ca : processor_ca;
  }
};

/// Returns the DER of the SGX extension.
bytes write_pck_extension(const endorsement::intel::pck_extension& of);

/// Writes what `parse_tcb_info` and `parse_enclave_identity` read.
std::string write_tcb_info(const endorsement::intel::tcb_info& of);
std::string write_enclave_identity(const endorsement::intel::enclave_identity& of);

/// Signs a statement: `{"NAME":BODY,"signature":"HEX"}`.
result<std::string> sign_statement(const std::string& name, const std::string& body,
                                   const crypto::private_key& key);

/// Which of the two TEEs a platform makes quotes for.
enum class intel_tee : std::uint8_t { sgx, tdx };

/// A machine that a played Intel certified, in good order as made: its TCB is the newest.
struct simulated_platform {
  intel_tee tee;
  simulated_intel vendor;
  endorsement::intel::pck_extension extension;
  simulated_key pck;
  crypto::private_key attestation_key;
  evidence::sgx::enclave_report qe; ///< Without its report data.
  endorsement::intel::tcb_info tcb_info;
  endorsement::intel::enclave_identity identity; ///< Of the QE.
  time_point not_before;                         ///< Of all that it has.
  time_point not_after;
  time_point lists_from; ///< Of the revocation lists.
  time_point lists_until;

  static result<simulated_platform> make(intel_tee tee, time_point not_before,
                                         time_point not_after);

  /// Returns an enclave or a TD in good order, which is the same one always.
  evidence::sgx::enclave_report good_enclave() const;
  evidence::tdx::td_report good_domain() const;

  /// Returns a header as this platform's QE writes it.
  evidence::sgx::quote_header header(std::uint16_t version) const;

  /// Signs header and body as the QE does.
  result<evidence::sgx::signature_data> sign(byte_view header_and_body) const;

  /// Returns a quote of an enclave (version 3), or of a TD: version 4 if its report is of TDX 1.0,
  /// else 5.
  result<bytes> quote(const evidence::sgx::enclave_report& body) const;
  result<bytes> quote(const evidence::tdx::td_report& body) const;

  /// Returns what Intel would say of this platform.
  /// @param revoked serial numbers that each of the two lists is to name.
  result<report::intel_collateral> collateral(const std::vector<bytes>& revoked = {}) const;
};

} // namespace troth::device
