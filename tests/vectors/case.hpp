#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace troth::testing {

using json = nlohmann::json;

/// One piece of evidence and what to verify it with: an entry of a manifest, or a variant
/// of one. Files by their key in the manifest.
struct vector_case {
  std::filesystem::path folder; ///< What the paths of its manifest are relative to.
  std::map<std::string, bytes> files;
  std::map<std::string, std::string> paths;
  std::string anchor_path;
  std::optional<bytes> anchor;    ///< Nothing: the entry has no root to trust.
  std::optional<time_point> time; ///< Nothing: there is no instant at which all is valid.
  bytes nonce;
  json reference; ///< Values to compare a replay with; null: there are none.

  /// Returns the file with that key, or nothing.
  const bytes* file(const std::string& key) const;
};

/// Reads the files of an entry and compares them with the hashes in it.
/// @returns `not_found`, `malformed`.
result<vector_case> load_case(const std::filesystem::path& folder, const json& entry);

/// Does to a case what one element of `negative_variants` says.
/// @returns `unsupported` for an unknown operation; `not_found`, `malformed`.
result<vector_case> apply_variant(vector_case to, const json& variant);

} // namespace troth::testing
