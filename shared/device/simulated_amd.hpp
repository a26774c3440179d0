#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/issue.hpp"
#include "shared/endorsement/snp_vek.hpp"
#include "shared/evidence/snp/report.hpp"

// AMD, played: keys and certificates of the same shape, under a root that nobody else trusts.

namespace troth::device {

/// A key and a certificate for it.
struct simulated_key {
  crypto::private_key key;
  crypto::certificate certificate;
};

/// One product line's root and what it certified.
struct simulated_amd {
  evidence::snp::product_line line;
  simulated_key ark;
  simulated_key ask;  ///< Issues VCEKs.
  simulated_key asvk; ///< Issues VLEKs.

  /// Makes one with keys of its own, RSA-2048.
  /// @returns what `crypto::issue` does.
  static result<simulated_amd> make(evidence::snp::product_line line, time_point not_before,
                                    time_point not_after);

  /// Makes a VCEK or VLEK, whichever the extensions say.
  result<simulated_key> make_vek(const endorsement::vek_extensions& of, time_point not_before,
                                 time_point not_after) const;
};

/// Returns what the certificate of a VEK with these extensions is to say: for `crypto::issue`.
crypto::certificate_content simulated_vek_content(const endorsement::vek_extensions& of,
                                                  evidence::snp::product_line line,
                                                  time_point not_before, time_point not_after);

/// Signs a report as the firmware does. @returns all 1184 bytes.
result<bytes> sign_report(evidence::snp::attestation_report report, const crypto::private_key& vek);

} // namespace troth::device
