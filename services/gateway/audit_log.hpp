#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace troth::services {

/// What somebody asked for, and what was decided.
struct audit_entry {
  std::string request; ///< Id, as in answers and logs.
  std::string door;    ///< `rest`, `socket`, `coap`, `grpc`; `keys`: of a key, behind any of them.
  std::string caller;  ///< Empty: nobody who has shown who it is.
  std::string action;  ///< `POST /v1/appraisals`, `Verify`, `sign ID`.
  std::string outcome; ///< `ok`, or the stable code of the refusal.
};

/// Where a chain of entries ends.
struct audit_tail {
  std::uint64_t count = 0;
  std::string hash; ///< SHA-256 of the last line, hex; of none: empty.
};

/// Writes one line, without its end: JSON, with the hash of the line before.
std::string write_audit_line(const audit_entry& entry, time_point when, const audit_tail& behind);

/// Follows a chain from its begin: each line has its number and the hash of the one before.
/// @param content whole lines.
/// @returns where it ends; `conflict` for a line that does not follow, with its number;
///          `truncated` if the last one has no end.
result<audit_tail> check_audit(std::string_view content);

/// A file of entries that nobody can change, take out or put in unnoticed, but from its end: the
/// service's own log tells where that was.
class audit_log {
public:
  /// Opens or makes the file, for its owner alone, and follows its chain.
  /// @returns `io`; `conflict` while another process has it open; what `check_audit` returns.
  static result<std::unique_ptr<audit_log>> open(const std::string& file,
                                                 std::function<time_point()> now);
  ~audit_log();
  audit_log(const audit_log&) = delete;
  audit_log& operator=(const audit_log&) = delete;

  /// Adds an entry. Any thread may call. @returns `io`.
  result<void> add(const audit_entry& entry);

  audit_tail tail() const;

  /// Reads lines, whole and with their ends, from that number on: as many as fit into 1 MiB; none
  /// behind the last. Any thread may call. @returns `io`.
  result<std::string> read(std::uint64_t first) const;

private:
  audit_log(int file, audit_tail tail, std::string_view content, std::function<time_point()> now);
  void count_line(std::size_t size_bytes);

  const int file_;
  const std::function<time_point()> now_;
  mutable std::mutex mutex_;
  audit_tail tail_;                  // guarded by mutex_, as is what follows
  std::vector<std::uint64_t> marks_; ///< Where every `mark_interval`th line begins.
  std::uint64_t lines_ = 0;
  std::uint64_t size_bytes_ = 0;
};

} // namespace troth::services
