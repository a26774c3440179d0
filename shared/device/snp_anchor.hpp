#pragma once

#include "shared/crypto/certificate.hpp"
#include "shared/device/anchor.hpp"
#include "shared/device/snp_source.hpp"

#include <memory>
#include <vector>

namespace troth::device {

/// Makes the anchor of an SNP guest.
///
/// @param certificates VCEK or VLEK, then ASK or ASVK, for hosts that hand out none; empty: only
///        the host's are used.
/// @note Its evidence is the report; the certificates are its collateral. A certificate is
///       needed that fits the report: `no_endorsement` without one.
std::unique_ptr<anchor> make_snp_anchor(std::unique_ptr<snp_source> source,
                                        std::vector<crypto::certificate> certificates);

} // namespace troth::device
