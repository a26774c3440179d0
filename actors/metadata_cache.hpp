#pragma once

#include "shared/attesting/metadata_set.hpp"

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <utility>

namespace troth::actors {

/// Signed items that were fetched, kept in a folder for when nobody can be asked. Each file is
/// named by its digest, and believed only if it still has that digest when it is read.
class metadata_cache {
public:
  metadata_cache(std::filesystem::path folder, std::function<void(const std::string&)> note)
    : folder_(std::move(folder)), note_(std::move(note)) {
    // nop
  }

  /// Reads what an earlier run kept.
  void load();

  /// Adds a fetched item.
  /// @param digest the one it was asked for by.
  /// @returns `malformed` if the content has another; as `read_signed_item`. That it could not
  ///          be kept is noted, and no failure.
  result<void> add(const std::string& digest, bytes content);

  /// Forgets all items but these.
  void keep_only(const std::set<std::string>& digests);

  const attesting::metadata_set& items() const noexcept { return items_; }

private:
  std::filesystem::path folder_;
  std::function<void(const std::string&)> note_;
  attesting::metadata_set items_;
};

} // namespace troth::actors
