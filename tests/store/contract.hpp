#pragma once

#include "shared/store/challenge_store.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>

namespace troth::testing {

using store_maker = std::function<std::unique_ptr<store::challenge_store>(std::size_t capacity)>;

/// Checks what every store promises. Each call of `make` opens the same store,
/// which is empty at first.
void check_store_contract(const store_maker& make);

/// Checks what stores of different processes promise together.
void check_shared_store_contract(const store_maker& make);

} // namespace troth::testing
