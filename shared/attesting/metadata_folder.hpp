#pragma once

#include "shared/attesting/metadata_set.hpp"
#include "shared/files/files.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace troth::attesting {

/// A folder in which an operator puts signed items, and takes them out again, at any time.
class metadata_folder {
public:
  /// @param note told of each file that is no signed item, once.
  metadata_folder(std::filesystem::path folder, std::function<void(const std::string&)> note)
    : folder_(std::move(folder)), note_(std::move(note)) {
    // nop
  }

  /// Returns the signed items that the folder has now, and the name of a file for each digest.
  /// Reads only files that changed.
  /// @returns `not_found`, `too_large` for over `max_metadata_items` files, `io`.
  result<void> refresh();

  const metadata_set& items() const noexcept { return items_; }

private:
  struct known_file {
    files::stamp as_read;
    std::string digest; ///< Empty: no signed item.
  };

  known_file read(const std::string& name, const files::stamp& now);
  void drop_items_without_file();

  std::filesystem::path folder_;
  std::function<void(const std::string&)> note_;
  std::map<std::string, known_file> files_;
  metadata_set items_;
};

} // namespace troth::attesting
