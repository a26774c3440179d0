#pragma once

#include "shared/base/error.hpp"
#include "shared/base/result.hpp"

namespace troth::testing {

/// Returns the code of a refusal; `internal` for what was not refused.
template <class T>
errc refusal(const result<T>& outcome) {
  return outcome ? errc::internal : outcome.error().code;
}

} // namespace troth::testing
