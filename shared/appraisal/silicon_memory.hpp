#pragma once

#include "shared/appraisal/memory.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/time.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace troth::appraisal {

/// Makes a key of a memory: of what is proved, by which roots, from which bytes.
digest silicon_key(std::string_view what, std::span<const crypto::certificate> roots,
                   std::span<const digest> root_keys, std::span<const byte_view> from);

/// What one report proves of silicon, beside what earlier ones proved.
class silicon_memory {
public:
  /// @param known null: nothing is known, and nothing is kept.
  silicon_memory(memory* known, time_point now) : memory_(known), now_(now) {
    // nop
  }

  /// Returns what was proved under a key and still holds; null: nothing.
  template <class T>
  std::shared_ptr<const T> find(const digest& key) const {
    const auto known = memory_ != nullptr ? memory_->find_silicon(key) : nullptr;
    const auto* proof = known ? std::get_if<T>(known.get()) : nullptr;
    if (proof == nullptr || !proof->valid.has(now_))
      return nullptr;
    return {known, proof};
  }

  /// Notes down what was proved, for `keep`.
  template <class T>
  void note(const digest& key, T proof) {
    if (memory_ != nullptr)
      proven_.emplace_back(key, std::make_shared<const proven_silicon>(std::move(proof)));
  }

  /// Hands on what was noted down.
  void keep() const {
    for (const auto& [key, proof] : proven_)
      memory_->keep(key, proof);
  }

private:
  memory* memory_;
  time_point now_;
  std::vector<std::pair<digest, std::shared_ptr<const proven_silicon>>> proven_;
};

} // namespace troth::appraisal
