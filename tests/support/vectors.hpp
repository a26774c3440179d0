#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

namespace troth::testing {

/// Returns the folder of real evidence, which is not part of this repository: what the
/// environment names in TROTH_VECTORS, else ../shared/vectors beside the source tree.
inline std::optional<std::filesystem::path> vectors_folder() {
  const char* named = std::getenv("TROTH_VECTORS");
  const auto folder
    = std::filesystem::path{named != nullptr ? named : TROTH_SOURCE_DIR "/../shared/vectors"};
  if (std::error_code ignored; !std::filesystem::is_directory(folder, ignored))
    return std::nullopt;
  return folder;
}

/// Says once that `cases` tests are left out because there are no vectors.
inline void skip_without_vectors(std::size_t cases) {
  static bool said = false;
  if (!said)
    std::cout << "SKIPPED " << cases << ": no vectors\n";
  said = true;
}

/// Reads a file below the folder of vectors.
/// @returns `not_found` if there is no such file or no such folder.
inline result<bytes> read_vector(const std::filesystem::path& relative) {
  const auto folder = vectors_folder();
  std::ifstream in{folder.value_or(std::filesystem::path{}) / relative, std::ios::binary};
  if (!folder || !in)
    return error{errc::not_found, "vector " + relative.string()};
  return to_bytes(std::string{std::istreambuf_iterator<char>{in}, {}});
}

} // namespace troth::testing
