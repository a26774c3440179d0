#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace troth::files {

/// Who may read a file that we write.
enum class access { everyone, owner };

/// Reads a whole file, also one whose size the kernel does not tell (securityfs, procfs).
/// @returns its bytes; `not_found`, `too_large` above `max_bytes`, `io`.
result<bytes> read(const std::filesystem::path& file, std::size_t max_bytes);

/// What tells that a file is not the one that was read.
struct stamp {
  std::filesystem::file_time_type written;
  std::uintmax_t size_bytes = 0;

  friend bool operator==(const stamp&, const stamp&) = default;
};

/// @returns `not_found`, `io`.
result<stamp> stamp_of(const std::filesystem::path& file);

/// Makes a folder (0700), and those above it, unless it is there.
/// @returns `io`; `not_found` where none can be made, since what is above is no folder.
result<void> make_folder(const std::filesystem::path& folder);

/// Writes a file so that a reader, and a machine that loses power, has the old bytes or the
/// new ones and never a part. Makes its folder (0700) if there is none. A link stays one, and what
/// is no file, a terminal or a pipe, is written into.
/// @returns `io`; `not_found` for what cannot be opened since it is not there.
result<void> write(const std::filesystem::path& file, byte_view content, access readable_by);

/// Returns the names of the regular files in `folder`, sorted. Those that begin with a dot are
/// left out, so that a write under way is not seen.
/// @returns `not_found`, `too_large` above `max_files`, `io`.
result<std::vector<std::string>> list(const std::filesystem::path& folder, std::size_t max_files);

} // namespace troth::files
