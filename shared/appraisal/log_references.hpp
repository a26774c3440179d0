#pragma once

#include "shared/appraisal/references.hpp"
#include "shared/base/algorithm.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace troth::appraisal {

/// Matches the events of logs with reference values, and remembers which were met.
///
/// Reference values that were taken from a log stand in its order: an event that follows the last
/// one costs a look at the next of them. Any other is looked for in an index, which is made when
/// the first one comes.
class log_references {
public:
  /// @param values must outlive this.
  log_references(std::span<const reference> values, hash_algorithm bank);

  /// Marks every reference value of that register, kind and digest as met.
  /// @returns one of them, or nothing.
  const reference* meet(std::uint64_t register_index, event_kind kind, const digest& value);

  /// Returns whether `values[at]` was met.
  bool was_met(std::size_t at);

private:
  bool is_next(std::uint64_t register_index, event_kind kind, const digest& value) const;
  reference_index& index();

  std::span<const reference> values_;
  hash_algorithm bank_;
  std::vector<std::optional<digest>> digests_; // beside values_: copies, close in memory
  std::vector<bool> met_in_order_;             // beside values_
  std::size_t next_ = 0;                       // behind the one that was met last
  bool has_initial_ = false;
  bool is_index_told_ = true; // of those that were met in order: others may be alike
  std::optional<reference_index> index_;
};

} // namespace troth::appraisal
