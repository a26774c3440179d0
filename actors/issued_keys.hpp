#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace troth::actors {

/// What was certified, for whom.
struct issued_key {
  crypto::certificate certificate;
  std::string machine;   ///< By its attestation key's certificate; empty: none names it.
  std::string_view kind; ///< `tpm` or `sw`.
  time_point when;
};

/// Remembers which machine got which certificate: a file for each in a folder, by serial number.
/// Nothing here reads them; whoever runs the deployment may take away those that have ended.
class issued_keys {
public:
  explicit issued_keys(std::filesystem::path folder) : folder_(std::move(folder)) {
    // nop
  }

  /// Keeps one. @returns `io`.
  result<void> record(const issued_key& one) const;

private:
  std::filesystem::path folder_;
};

} // namespace troth::actors
