#pragma once

#include <cstdlib>

namespace troth {

/// Ends the fuzzer with a finding unless what must hold does.
inline void require(bool holds) {
  if (!holds)
    std::abort();
}

} // namespace troth
