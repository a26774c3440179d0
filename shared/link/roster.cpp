#include "shared/link/roster.hpp"

namespace troth::link {

const char* roster::crowd(std::uint64_t door, const std::string& address) const {
  std::size_t all = 0;
  std::size_t neighbours = 0;
  for (const auto& life : lives_)
    if (life->door() == door && !life->is_gone()) {
      ++all;
      neighbours += life->address() == address ? 1 : 0;
    }
  if (all >= limits_.of_a_door)
    return "too many peers are connected";
  return !address.empty() && neighbours >= limits_.of_an_address
           ? "too many peers of one host are connected"
           : nullptr;
}

void roster::sweep(lifeline::time_point now, time_point today) {
  std::erase_if(lives_, [](const auto& life) { return life->is_gone(); });
  for (const auto& life : lives_)
    if (life->is_overdue(now) || life->who().until < today)
      life->cut();
}

void roster::cut(const std::function<bool(const std::string& fingerprint)>& is_denied,
                 const std::function<void(const identity&)>& then) {
  for (const auto& life : lives_)
    if (!life->is_gone() && !life->who().fingerprint.empty()
        && is_denied(life->who().fingerprint)) {
      life->cut();
      then(life->who());
    }
}

} // namespace troth::link
