#pragma once

#include "shared/appraisal/versions.hpp"
#include "shared/base/result.hpp"
#include "shared/report/result.hpp"
#include "shared/store/version_store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace troth::actors {

/// Which versions of metadata each device has had, at any verifier that shares the store. Any
/// thread may ask and learn; `refresh` and `flush` may block.
/// @note In memory, a device beyond `max_devices` takes the place of another, which starts anew.
class version_book final : public appraisal::version_history {
public:
  static constexpr std::size_t max_devices = 100'000;

  /// @param store null: nothing outlives the process.
  version_book(std::shared_ptr<store::version_store> store,
               std::function<void(const std::string&)> note)
    : store_(std::move(store)), note_(std::move(note)) {
    // nop
  }

  /// Takes in what other verifiers have learnt. @returns what the store does.
  result<void> refresh();

  std::optional<time_point> newest(const std::string& device,
                                   const std::string& item) const override;

  /// Takes in what an appraisal that did not fail has seen.
  void learn(const report::attestation_result& result);

  /// Writes what was learnt since; what cannot be written now is written with the next.
  void flush();

private:
  using versions = std::map<std::string, time_point>; // by item

  versions& of_device(const std::string& device);

  const std::shared_ptr<store::version_store> store_;
  const std::function<void(const std::string&)> note_;
  mutable std::mutex mutex_;
  std::map<std::string, versions, std::less<>> devices_;
  std::map<std::string, versions> changed_; // not written yet
  std::uint64_t number_ = 0;                // of the store's, up to where it was read
};

} // namespace troth::actors
