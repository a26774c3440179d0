#pragma once

#include "shared/crypto/certificate.hpp"
#include "shared/device/anchor.hpp"
#include "shared/device/snp_source.hpp"
#include "shared/evidence/snp/report.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace troth::device {

/// Finds the certificates of the key that signed a report, the key's own first.
using snp_endorser
  = std::function<result<std::vector<bytes>>(const evidence::snp::attestation_report&)>;

/// Makes the anchor of an SNP guest.
///
/// @param certificates VCEK or VLEK, then ASK or ASVK, for hosts that hand out none; empty: only
///        the host's are used.
/// @param endorser asked where neither are there; null: nobody is.
/// @param are left out: no certificate is looked for.
/// @note Its evidence is the report; the certificates are its collateral. A certificate is
///       needed that fits the report: `no_endorsement` without one.
std::unique_ptr<anchor>
make_snp_anchor(std::unique_ptr<snp_source> source, std::vector<crypto::certificate> certificates,
                snp_endorser endorser = nullptr, endorsements are = endorsements::carried);

} // namespace troth::device
