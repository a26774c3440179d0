#include "shared/report/component.hpp"

#include <algorithm>

namespace troth::report {

const std::string* component::find_property(std::string_view wanted) const {
  const auto found = std::ranges::find(properties, wanted, &property::name);
  return found == properties.end() ? nullptr : &found->value;
}

const digest* component::find_hash(hash_algorithm wanted) const {
  const auto found = std::ranges::find(hashes, wanted, &digest::algorithm);
  return found == hashes.end() ? nullptr : &*found;
}

} // namespace troth::report
