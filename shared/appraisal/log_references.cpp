#include "shared/appraisal/log_references.hpp"

#include <utility>

namespace troth::appraisal {

log_references::log_references(std::span<const reference> values, hash_algorithm bank)
  : values_(values), bank_(bank), met_in_order_(values.size()) {
  digests_.reserve(values.size());
  for (const auto& each : values) {
    const auto* const known = each.component->find_hash(bank);
    digests_.push_back(known != nullptr ? std::optional{*known} : std::nullopt);
    has_initial_ = has_initial_ || each.kind == event_kind::initial;
  }
}

bool log_references::is_next(std::uint64_t register_index, event_kind kind,
                             const digest& value) const {
  return next_ < values_.size() && digests_[next_] == value
         && values_[next_].register_index == register_index && values_[next_].kind == kind;
}

const reference* log_references::meet(std::uint64_t register_index, event_kind kind,
                                      const digest& value) {
  if (is_next(register_index, kind, value)) {
    met_in_order_[next_] = true;
    is_index_told_ = false;
    return &values_[next_++];
  }
  if (kind == event_kind::initial && !has_initial_)
    return nullptr; // most logs ask for one
  const auto* const found = index().meet(register_index, kind, value);
  if (found != nullptr)
    next_ = static_cast<std::size_t>(found - values_.data()) + 1;
  return found;
}

bool log_references::was_met(std::size_t at) {
  if (met_in_order_[at])
    return true;
  if (!std::exchange(is_index_told_, true))
    for (std::size_t each = 0; each < values_.size(); ++each)
      if (met_in_order_[each])
        index().meet(values_[each].register_index, values_[each].kind, *digests_[each]);
  return index().was_met(at);
}

reference_index& log_references::index() {
  if (!index_)
    index_.emplace(values_, bank_);
  return *index_;
}

} // namespace troth::appraisal
