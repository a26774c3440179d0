#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/report/component.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace troth::metatool {

/// What the kernel's IMA policy makes it measure, as far as a folder can tell.
struct tree_options {
  std::string prefix = "/";            ///< Where the folder is on the machine.
  std::string ima_template = "ima-ng"; ///< Or `ima-sig`, of files without a signature.
  bool executables_only = false;       ///< Files that somebody may execute, and shared objects.
  std::vector<hash_algorithm> banks = {hash_algorithm::sha256};
};

/// How far long work is.
struct progress {
  std::uint64_t files = 0;
  std::uint64_t all_files = 0;
  std::uint64_t bytes = 0;
};

/// Makes reference values for IMA of the files below a folder, by path. Symbolic links are not
/// followed, and what is no regular file is passed over.
///
/// @param tell called now and then.
/// @returns them; `not_found`, `io`; `unsupported` for another template; `too_large` above
///          `evidence::ima::max_entries` files.
result<std::vector<report::component>>
file_references(const std::filesystem::path& folder, const tree_options& options,
                const std::function<void(const progress&)>& tell);

} // namespace troth::metatool
