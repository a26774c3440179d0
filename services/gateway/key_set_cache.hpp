#pragma once

#include "services/gateway/operations.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <vector>

namespace troth::services {

/// The keys of result tokens, which everybody may ask for: however many do, the verifiers are asked
/// once, and not again for a while. Any thread may call.
class key_set_cache {
public:
  using answer = operations::answer<protocol::payload>;

  /// @param to outlives this, and whoever it answers.
  key_set_cache(const operations* to, std::chrono::seconds lifetime)
    : to_(to), lifetime_(lifetime) {
    // nop
  }

  /// @param of the first of those who wait for an answer asks for it.
  /// @returns what `operations::keys` does; its errors are not kept.
  void ask(const protocol::request_context& of, answer then);

private:
  void take(const result<protocol::payload>& told);

  const operations* const to_;
  const std::chrono::seconds lifetime_;
  std::mutex mutex_; // guards what follows
  std::optional<protocol::payload> kept_;
  std::chrono::steady_clock::time_point until_;
  std::vector<answer> waiting_; ///< Not empty: the verifiers are being asked.
};

} // namespace troth::services
