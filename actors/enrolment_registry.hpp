#pragma once

#include "shared/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace troth::actors {

/// Returns whether a machine may be called that: 1 to 57 of a-z, 0-9, `.`, `-` and `_`, a letter or
/// digit first. So it is a file name and fits into a certificate's subject.
bool is_machine_name(std::string_view name) noexcept;

/// Remembers which TPM enrolled under which name: one name a TPM, one TPM a name. A file for each
/// in a folder; who takes a TPM out of a machine removes both of its files.
class enrolment_registry {
public:
  explicit enrolment_registry(std::filesystem::path folder) : folder_(std::move(folder)) {
    // nop
  }

  /// Binds a name and an endorsement key to each other, for ever.
  /// @param name a machine name.
  /// @param key  hex digest of the endorsement key.
  /// @returns `conflict` if either is bound to another; `io`.
  result<void> bind(const std::string& name, const std::string& key) const;

private:
  std::filesystem::path folder_;
};

} // namespace troth::actors
