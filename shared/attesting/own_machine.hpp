#pragma once

#include "shared/attesting/metadata_folder.hpp"
#include "shared/attesting/report_draft.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/device/anchor.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace troth::attesting {

/// A machine whose reports are made in this process, where neither prover nor drivers are.
///
/// Keys of anchors that somebody has to certify (those of TPMs) must have been certified before.
class own_machine {
public:
  /// @param name what it calls itself in its reports.
  /// @param anchors one or more, in the order of their evidence.
  /// @param metadata folder of signed items, looked through at each report; empty: there are none.
  own_machine(std::string name, std::vector<std::shared_ptr<device::anchor>> anchors,
              const std::filesystem::path& metadata);

  /// Makes a report, and waits for the anchors. Any thread may ask; one is served at a time.
  /// @returns the report; `unavailable` with what an anchor says; what `metadata_folder` returns.
  result<bytes> report(const report_wish& wish);

private:
  const std::string name_;
  const std::vector<std::shared_ptr<device::anchor>> anchors_;
  std::mutex mutex_;
  std::optional<metadata_folder> metadata_;
};

} // namespace troth::attesting
