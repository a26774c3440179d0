#pragma once

#include "shared/store/open.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace troth::testing {

using store_maker = std::function<std::shared_ptr<store::challenge_store>(std::size_t capacity)>;

/// Returns the tables of all stores, without `troth_` before their names.
std::vector<std::string> store_tables();

/// Opens the challenges of a store.
result<std::shared_ptr<store::challenge_store>>
open_challenges(std::string_view url, std::size_t capacity, const std::string& password_file = {});

/// Checks what every store promises. Each call of `make` opens the same store,
/// which is empty at first.
void check_store_contract(const store_maker& make);

/// Checks what stores of different processes promise together.
void check_shared_store_contract(const store_maker& make);

using policies_maker = std::function<std::shared_ptr<store::policy_store>()>;

/// Checks what every store of policies promises.
/// @param make opens the same store with each call, with room for three versions; empty at first.
void check_policy_contract(const policies_maker& make);

/// Checks what such stores of different processes promise together.
void check_shared_policy_contract(const policies_maker& make);

using references_maker = std::function<std::shared_ptr<store::reference_store>()>;

/// Checks what every store of reference values promises.
/// @param make opens the same store with each call, with room for three; empty at first.
void check_reference_contract(const references_maker& make);

/// Checks what a store of versions promises, with room for three, and one of peers, with room for
/// 100 bytes; both are empty at first.
void check_version_contract(store::version_store& versions);
void check_peer_contract(store::peer_store& peers);

/// Checks what a store of outcomes promises, with room for two, and for 100 bytes; empty at first.
void check_outcome_contract(store::outcome_store& outcomes);

/// Checks what a store of reports promises, with room for two, and for 100 bytes; empty at first.
void check_report_contract(store::report_store& reports);

} // namespace troth::testing
