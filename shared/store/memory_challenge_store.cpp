#include "shared/store/memory_challenge_store.hpp"

#include <utility>

namespace troth::store {

result<void> memory_challenge_store::put(std::string_view id, byte_view nonce, time_point expires,
                                         time_point now) {
  if (id.size() > max_id_bytes || nonce.size() > max_nonce_bytes)
    return error{errc::too_large, "store.challenge"};
  const std::lock_guard lock{mutex_};
  if (open_.find(id) != open_.end())
    return error{errc::conflict, "store.challenge.id"};
  if (open_.size() >= capacity_)
    std::erase_if(open_, [&](const auto& entry) { return entry.second.expires <= now; });
  if (open_.size() >= capacity_)
    return error{errc::exhausted, "store.challenge"};
  open_.emplace(id, challenge{copy(nonce), expires});
  return {};
}

result<bytes> memory_challenge_store::take(std::string_view id, time_point now) {
  const std::lock_guard lock{mutex_};
  const auto at = open_.find(id);
  if (at == open_.end())
    return error{errc::no_challenge, "store.challenge"};
  auto taken = std::move(at->second);
  open_.erase(at);
  if (taken.expires <= now)
    return error{errc::no_challenge, "store.challenge"};
  return std::move(taken.nonce);
}

result<void> memory_challenge_store::ping() {
  return {};
}

} // namespace troth::store
