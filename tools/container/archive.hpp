#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "tools/container/node.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

struct archive;

namespace troth::container {

/// One member of an archive, as it is told.
struct member {
  std::string name;
  std::string same_as;      ///< Of a further name of a file: its first; empty otherwise.
  std::optional<node> what; ///< Nothing: of a kind that no file system has.
};

/// Reads an archive from front to back, of any format and compression that libarchive knows.
class archive_reader {
public:
  /// @returns `not_found`, `io`; `malformed` for what is no archive.
  static result<std::unique_ptr<archive_reader>> open(const std::filesystem::path& file);

  /// Opens the archive that the current member of another is. That must stay as it is meanwhile.
  static result<std::unique_ptr<archive_reader>> open_member(archive_reader& of);

  ~archive_reader();
  archive_reader(const archive_reader&) = delete;
  archive_reader& operator=(const archive_reader&) = delete;

  /// Goes to the next member. @returns nothing at the end; `malformed`.
  result<std::optional<member>> next();

  /// Reads a part of the current member's content. @returns an empty one at its end; `malformed`.
  result<byte_view> read();

  /// Reads all of the current member's content. @returns `too_large`, `malformed`.
  result<bytes> read_all(std::size_t max_bytes);

private:
  archive_reader();
  error failed() const;

  archive* in_;
  bytes buffer_;
};

} // namespace troth::container
