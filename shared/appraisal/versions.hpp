#pragma once

#include "shared/appraisal/ledger.hpp"
#include "shared/base/time.hpp"
#include "shared/report/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace troth::appraisal {

/// Which versions of metadata each device has shown in appraisals that did not fail. Kept outside;
/// what it answers is an input of the appraisal.
class version_history {
public:
  version_history() = default;
  version_history(const version_history&) = delete;
  version_history& operator=(const version_history&) = delete;
  virtual ~version_history() = default;

  /// Returns the newest version of an item that the device had; none: it never had one.
  virtual std::optional<time_point> newest(const std::string& device,
                                           const std::string& item) const = 0;
};

/// Names the device by the key that signed its evidence: hex SHA-256 over the key of the first
/// certificate. Empty if no evidence was signed by a certified key.
/// @note An SEV-SNP or TDX key is the platform's: its guests are one device.
std::string device_of(const std::vector<report::measurement_result>& measurements);

/// Checks that no manifest and no description is older than one that this device had before, and
/// fills `device` and `versions` of the result.
/// @param history null: nothing is checked.
void appraise_versions(report::attestation_result& result, const version_history* history,
                       ledger& book);

} // namespace troth::appraisal
