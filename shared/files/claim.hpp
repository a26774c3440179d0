#pragma once

#include "shared/base/result.hpp"

#include <filesystem>

namespace troth::files {

/// A folder that no other process claims while this lives. It ends with the process, too, however
/// that ends: nothing is left to clean up.
class claim {
public:
  /// Claims a folder, and makes it (0700) if there is none.
  /// @returns `conflict` while somebody else has it; `io`, with the reason.
  /// @see flock(2)
  static result<claim> take(const std::filesystem::path& folder);

  claim(claim&& other) noexcept;
  claim& operator=(claim&& other) noexcept;
  ~claim();

private:
  explicit claim(int folder) : folder_(folder) {
    // nop
  }

  int folder_;
};

} // namespace troth::files
