#include "actors/appraisal_memory.hpp"

namespace troth::actors {

template <class T>
std::shared_ptr<const T> appraisal_memory::shelf<T>::find(const digest& key, time_point now) {
  const auto at = by_key_.find(key);
  if (at == by_key_.end())
    return nullptr;
  const auto which = at->second;
  if (now < which->until)
    return which->value;
  drop(which);
  return nullptr;
}

template <class T>
void appraisal_memory::shelf<T>::keep(const digest& key, std::shared_ptr<const T> value,
                                      std::size_t size, time_point now) {
  if (const auto known = by_key_.find(key); known != by_key_.end())
    drop(known->second);
  in_order_.push_back({key, std::move(value), size, now + limits_.lifetime});
  by_key_.emplace(key, std::prev(in_order_.end()));
  size_bytes_ += size;
  while (by_key_.size() > limits_.entries || size_bytes_ > limits_.bytes)
    drop(in_order_.begin());
}

template <class T>
void appraisal_memory::shelf<T>::drop(typename entries::iterator which) {
  size_bytes_ -= which->size_bytes;
  by_key_.erase(which->key);
  in_order_.erase(which);
}

std::shared_ptr<const appraisal::proven_chain> appraisal_memory::find_chain(const digest& key) {
  const std::lock_guard lock{mutex_};
  return chains_.find(key, now_());
}

std::shared_ptr<const appraisal::proven_item> appraisal_memory::find_item(const digest& key) {
  const std::lock_guard lock{mutex_};
  return items_.find(key, now_());
}

void appraisal_memory::keep(const digest& key,
                            std::shared_ptr<const appraisal::proven_chain> chain) {
  const std::lock_guard lock{mutex_};
  chains_.keep(key, std::move(chain), 0, now_());
}

std::shared_ptr<const appraisal::proven_silicon> appraisal_memory::find_silicon(const digest& key) {
  const std::lock_guard lock{mutex_};
  return silicon_.find(key, now_());
}

void appraisal_memory::keep(const digest& key,
                            std::shared_ptr<const appraisal::proven_silicon> proof) {
  const std::lock_guard lock{mutex_};
  silicon_.keep(key, std::move(proof), 0, now_());
}

void appraisal_memory::keep(const digest& key, std::shared_ptr<const appraisal::proven_item> item) {
  const std::lock_guard lock{mutex_};
  const auto size = item->size_bytes;
  items_.keep(key, std::move(item), size, now_());
}

} // namespace troth::actors
