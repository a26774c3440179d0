#pragma once

#include "shared/crypto/certificate.hpp"

#include <string_view>

namespace troth::endorsement {

/// The organization in every certificate of a vendor that is only played. Real vendors have
/// another, and a verifier takes none of these unless it is configured to.
inline constexpr std::string_view simulated_organization = "Simulated silicon, proves nothing";

/// Whether a root is that of a played vendor.
inline bool is_simulated(const crypto::certificate& root) {
  return root.subject_organization() == simulated_organization;
}

} // namespace troth::endorsement
