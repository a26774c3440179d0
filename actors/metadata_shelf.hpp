#pragma once

#include "shared/attesting/metadata_folder.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace troth::actors {

/// The signed items that an EST server hands out: those that an operator puts into a folder, and
/// those that were added at run time, which are kept beside. Of both, some can be set aside.
class metadata_shelf {
public:
  /// @param folder the operator's, in which nothing is changed; none: there is none.
  /// @param kept where what was added, and the names of what was set aside, outlive the process.
  /// @param note told of each file that is no signed item, once.
  metadata_shelf(std::optional<std::filesystem::path> folder, std::filesystem::path kept,
                 const std::function<void(const std::string&)>& note);

  /// Looks what there is now. @returns as `metadata_folder::refresh`, `not_found` of the operator's
  /// folder only.
  result<void> refresh();

  /// Returns all items that are handed out, by digest.
  std::vector<const attesting::signed_item*> active() const;

  /// Returns an item by its digest, handed out or not; null if there is none.
  const attesting::signed_item* find(std::string_view digest) const;
  bool is_active(std::string_view digest) const { return !aside_.contains(digest); }

  /// Writes what there is: `{"items": [{"digest", "kind", "name", "version", "mediaType",
  /// "sizeBytes", "active", "source"}]}`, the source `folder` or `api`.
  std::string list() const;

  /// Keeps an item. One that is there is no failure.
  /// @returns `exhausted` above `max_metadata_items` of both; `too_large`; as `read_signed_item`;
  ///          `io`.
  result<void> add(bytes content);

  enum class state : std::uint8_t { aside, active };

  /// @returns `not_found`, `io`.
  result<void> set(const std::string& digest, state to);

  /// @returns `not_found`; `conflict` for one of the operator's folder; `io`.
  result<void> erase(const std::string& digest);

private:
  result<void> refresh_added();
  result<void> check_known(const std::string& digest) const;

  std::optional<attesting::metadata_folder> folder_;
  std::filesystem::path added_path_;
  std::filesystem::path aside_path_;
  attesting::metadata_folder added_;
  std::set<std::string, std::less<>> aside_; // digests
};

} // namespace troth::actors
