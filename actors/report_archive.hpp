#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/store/report_store.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace troth::actors {

/// All that an appraisal of a report depended on, but for policy and trust: what it needs again.
struct kept_report {
  bytes report; ///< As it came, in its envelope if it had one.
  bytes nonce;  ///< That it had to answer.
  time_point when;
  std::string freshness_source;
  std::map<std::string, bytes> left_out; ///< Metadata that it left out and was filled in.
};

bytes write_kept_report(const kept_report& from);

/// @returns `malformed`, `truncated`, `trailing`; `unsupported` for one of a newer build.
result<kept_report> parse_kept_report(byte_view input);

/// The reports of appraisals, kept for a while where the owner of the verifier wants it, so that a
/// policy can be tried on them. Any thread may keep; `find` and `flush` may block.
class report_archive {
public:
  /// @param lifetime of what is kept; 0: nothing is.
  /// @param note told of what could not be kept.
  report_archive(std::shared_ptr<store::report_store> store, std::chrono::seconds lifetime,
                 std::function<void(const std::string&)> note)
    : store_(std::move(store)), lifetime_(lifetime), note_(std::move(note)) {
    // nop
  }

  bool keeps() const noexcept { return lifetime_.count() > 0; }

  /// Has a report kept under an id; none without one. What an earlier one had stays as it is.
  void keep(const std::string& id, const kept_report& what);

  /// Writes what is to be kept. What cannot be written now is not kept: an appraisal does not wait
  /// for it.
  void flush(time_point now);

  /// Returns what `write_kept_report` made. @returns `not_found`, and what the store does.
  result<bytes> find(const std::string& id, time_point now) const;

private:
  const std::shared_ptr<store::report_store> store_;
  const std::chrono::seconds lifetime_;
  const std::function<void(const std::string&)> note_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, bytes>> due_; // guarded by mutex_
};

} // namespace troth::actors
