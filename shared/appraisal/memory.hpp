#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/report/result.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace troth::appraisal {

/// The time in which a verdict on certificates stays what it is.
struct window {
  time_point from = time_point::min();
  time_point until = time_point::max();

  bool has(time_point at) const noexcept { return from <= at && at <= until; }

  /// Narrows it to when all of these are valid.
  void narrow(const std::vector<crypto::certificate>& path) {
    for (const auto& each : path) {
      from = std::max(from, each.not_before());
      until = std::min(until, each.not_after());
    }
  }
};

/// A chain that was verified.
struct proven_chain {
  std::vector<crypto::certificate> path; ///< Leaf to root.
  window valid;
};

/// A finding with cmc's number for it.
struct recorded_finding {
  report::finding said;
  report::error_code code;
};

/// A signed item of which every signature and chain was verified.
struct proven_item {
  report::metadata_result result; ///< The item and its signatures.
  std::vector<recorded_finding> findings;
  window valid;
  std::size_t size_bytes = 0; ///< Of the signed item.
};

/// What earlier appraisals proved, so that it need not be proved again. It holds nothing but what
/// verified, under keys that name content and trust store: with or without it a result is the
/// same. Used from several threads at once.
class memory {
public:
  memory() = default;
  memory(const memory&) = delete;
  memory& operator=(const memory&) = delete;
  virtual ~memory() = default;

  /// Return what was kept under a key; null: nothing was, or it has gone.
  virtual std::shared_ptr<const proven_chain> find_chain(const digest& key) = 0;
  virtual std::shared_ptr<const proven_item> find_item(const digest& key) = 0;

  virtual void keep(const digest& key, std::shared_ptr<const proven_chain> chain) = 0;
  virtual void keep(const digest& key, std::shared_ptr<const proven_item> item) = 0;
};

} // namespace troth::appraisal
