#pragma once

#include "shared/base/result.hpp"
#include "shared/report/component.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace troth::device {

/// Checks what a runtime says that it is about to start, and makes it an event of the log.
/// @param banks the digests that the event gets, over both of its container's hashes; SHA-256 is
///        always among them, first.
/// @returns it; `missing` without a container's hashes; `malformed` for hashes of another size;
///          `conflict` if its own SHA-256 is not of them, or its configuration is not what was
///          hashed.
result<report::component> container_event(report::component said,
                                          std::span<const hash_algorithm> banks);

/// The containers that were started since the machine was, in a file. An event is written as open
/// before it is extended into a register, and as closed after: so a crash in between is seen.
class container_log {
public:
  static constexpr std::size_t max_bytes = std::size_t{8} * 1024 * 1024;

  /// Reads what is there.
  /// @param boot names this run of the machine: what was measured in another is forgotten.
  /// @returns `io`; `malformed` for a file that is no such log.
  static result<container_log> open(std::filesystem::path file, std::string boot);

  std::span<const report::component> events() const noexcept { return events_; }

  /// Returns how many events are closed: all, or all but the last.
  std::size_t closed() const noexcept { return closed_; }
  bool has_open_event() const noexcept { return closed_ != events_.size(); }

  /// Returns whether such a container is in the log already: by its SHA-256.
  bool contains(const report::component& event) const;

  /// Adds an open event. @pre `!has_open_event()`
  /// @returns `exhausted` for a log that would become too large; `io`, and nothing is added.
  result<void> add(report::component event);

  /// Closes the open event, if there is one. @returns `io`.
  result<void> close();

  /// Takes the open event out, if there is one. @returns `io`.
  result<void> drop_open();

  /// Forgets all. @returns `io`.
  result<void> clear();

private:
  container_log(std::filesystem::path file, std::string boot)
    : file_(std::move(file)), boot_(std::move(boot)) {
    // nop
  }

  result<void> write(std::span<const report::component> events, std::size_t closed) const;

  std::filesystem::path file_;
  std::string boot_;
  std::vector<report::component> events_;
  std::size_t closed_ = 0;
};

} // namespace troth::device
