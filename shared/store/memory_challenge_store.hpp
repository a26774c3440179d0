#pragma once

#include "shared/store/challenge_store.hpp"

#include <map>
#include <mutex>
#include <string>

namespace troth::store {

/// Keeps the challenges of one process, until it ends.
class memory_challenge_store final : public challenge_store {
public:
  /// @param capacity how many challenges may be open. At most so many are
  ///        kept, expired ones among them until their room is needed.
  explicit memory_challenge_store(std::size_t capacity) : capacity_(capacity) {
    // nop
  }

  result<void> put(std::string_view id, byte_view nonce, time_point expires,
                   time_point now) override;
  result<bytes> take(std::string_view id, time_point now) override;
  result<void> ping() override;

private:
  struct challenge {
    bytes nonce;
    time_point expires;
  };

  const std::size_t capacity_;
  std::mutex mutex_;
  std::map<std::string, challenge, std::less<>> open_; // guarded by mutex_
};

} // namespace troth::store
