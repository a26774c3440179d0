#include "shared/store/open.hpp"
#include "tests/store/contract.hpp"

using namespace troth;

TEST_SUITE_BEGIN("store/memory");

TEST_CASE("the memory of one process keeps the contract of a store") {
  testing::check_store_contract(
    [](std::size_t capacity) { return *store::open_challenge_store("memory://", capacity); });
}

TEST_SUITE_END();
