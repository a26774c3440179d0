#include "shared/store/open.hpp"
#include "tests/store/contract.hpp"

using namespace troth;

TEST_SUITE_BEGIN("store/memory");

TEST_CASE("the memory of one process keeps the contract of a store") {
  testing::check_store_contract(
    [](std::size_t capacity) { return *testing::open_challenges("memory://", capacity); });
}

TEST_CASE("the memory of one process keeps the contract of a store of policies") {
  testing::check_policy_contract(
    [] { return store::open_stores("memory://", {.policies = 3})->policies; });
}

TEST_CASE("the memory of one process keeps the contract of a store of reference values") {
  const auto opened = store::open_stores("memory://", {.references = 3});
  testing::check_reference_contract([&] { return opened->references; });
}

TEST_CASE("the memory of one process keeps outcomes") {
  testing::check_outcome_contract(
    *store::open_stores("memory://", {.outcomes = {2, 100}})->outcomes);
}

TEST_CASE("the memory of one process keeps reports") {
  testing::check_report_contract(*store::open_stores("memory://", {.reports = {2, 100}})->reports);
}

TEST_SUITE_END();
