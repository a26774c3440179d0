#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "tools/container/node.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace troth::container {

/// Writes a file system as the one tar archive that cmc hashes for a container: pax, where the
/// older header does not do; no times, no names of users.
///
/// @see POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"
class tar_stream {
public:
  /// @param out is given the archive, part by part.
  explicit tar_stream(std::function<void(byte_view)> out) : out_(std::move(out)) {
    // nop
  }

  /// Begins a file; its content must follow by `content`, if it has any.
  /// @param name relative, without a slash at the end. @param same_as the name of the file that
  ///        this is another name of; empty: none.
  /// @returns `malformed` for a name or a value that no tar can hold.
  result<void> add(const std::string& name, const node& what, const std::string& same_as = {});

  /// Adds to the content of the last file.
  void content(byte_view part);

  /// Ends the archive. @returns `io` if the last file's content was not as long as it said.
  result<void> finish();

private:
  result<void> end_file();
  void extended_header(const std::string& name, const std::map<std::string, std::string>& records);

  std::function<void(byte_view)> out_;
  std::uint64_t missing_bytes_ = 0; // of the last file
  std::uint64_t written_bytes_ = 0; // of the last file
};

} // namespace troth::container
