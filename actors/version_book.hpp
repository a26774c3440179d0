#pragma once

#include "shared/appraisal/versions.hpp"
#include "shared/report/result.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace troth::actors {

/// Which versions of metadata each device has had, in a folder with a file for each device. Any
/// thread may ask and learn; `flush` writes and may block.
/// @note A device that is not among the `max_devices` seen last starts anew.
class version_book final : public appraisal::version_history {
public:
  static constexpr std::size_t max_devices = 100'000;

  /// @param folder empty: nothing outlives the process.
  version_book(std::filesystem::path folder, std::function<void(const std::string&)> note)
    : folder_(std::move(folder)), note_(std::move(note)) {
    // nop
  }

  /// Reads what an earlier run wrote.
  void load();

  std::optional<time_point> newest(const std::string& device,
                                   const std::string& item) const override;

  /// Takes in what an appraisal that did not fail has seen.
  void learn(const report::attestation_result& result);

  /// Writes what was learnt since.
  void flush();

private:
  using versions = std::map<std::string, time_point>; // by item

  std::filesystem::path folder_;
  std::function<void(const std::string&)> note_;
  mutable std::mutex mutex_;
  std::map<std::string, versions, std::less<>> devices_;
  std::map<std::string, versions> changed_; // not written yet
};

} // namespace troth::actors
