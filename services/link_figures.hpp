#pragma once

#include "services/metrics.hpp"
#include "shared/link/figures.hpp"

#include <mutex>

namespace troth::services {

/// Brings what the links have counted into the metrics.
class link_figures {
public:
  /// Both must outlive it.
  link_figures(const link::figures& from, metrics& to) : from_(from), to_(to) {
    // nop
  }

  /// To be called before the metrics are told. Any thread may call.
  void refresh();

private:
  const link::figures& from_;
  metrics& to_;
  std::mutex mutex_;
  link::figures::snapshot told_; // guarded by mutex_
};

} // namespace troth::services
