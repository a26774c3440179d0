#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/report/result.hpp"
#include "tools/terminal/sheet.hpp"

#include <string>
#include <vector>

namespace troth::metatool {

struct verify_options {
  std::vector<crypto::certificate> roots; ///< Of the signers of the item, a status' too.
  time_point at;
  bool accepts_any_eku = false; ///< Else a signer has its role and no other.
  std::size_t minimum_signers = 1;
  terminal::screen to = terminal::screen::plain;
  std::size_t width = 100;
};

struct verification {
  report::status says;
  std::string text; ///< Each finding, for people.
};

/// Verifies a signed metadata item as a verifier does: every signature, every chain, who signed,
/// and when it is valid.
verification verify(byte_view signed_item, const verify_options& options);

} // namespace troth::metatool
