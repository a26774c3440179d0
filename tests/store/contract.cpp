#include "tests/store/contract.hpp"

#include <array>
#include <string>
#include <thread>
#include <vector>

namespace troth::testing {

namespace {

using namespace std::chrono_literals;

const bytes nonce{0, 1, 2, 0xff};
constexpr time_point now{1'800'000'000s};

/// Returns what each of `count` threads got that took `id` at the same time.
int count_winners(const store_maker& make, const std::string& id, std::size_t count) {
  std::vector<std::shared_ptr<store::challenge_store>> stores;
  for (std::size_t i = 0; i < count; ++i)
    stores.push_back(make(100));
  std::vector<int> won(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      const auto taken = stores[i]->take(id, now);
      won[i] = taken ? 1 : taken.error().code == errc::no_challenge ? 0 : 100;
    });
  for (auto& thread : threads)
    thread.join();
  int sum = 0;
  for (const auto one : won)
    sum += one;
  return sum;
}

} // namespace

std::vector<std::string> store_tables() {
  return {"challenge", "policy",  "policy_active", "change",    "version", "peer",
          "peer_item", "outcome", "report",        "reference", "schema"};
}

result<std::shared_ptr<store::challenge_store>>
open_challenges(std::string_view url, std::size_t capacity, const std::string& password_file) {
  auto opened = store::open_stores(url, {.challenges = capacity}, password_file);
  if (!opened)
    return opened.error();
  return opened->challenges;
}

void check_store_contract(const store_maker& make) {
  SUBCASE("a nonce can be taken once") {
    const auto challenges = make(1);
    REQUIRE(challenges->put("a", nonce, now + 1s, now));
    const auto taken = challenges->take("a", now);
    REQUIRE(taken);
    CHECK(*taken == nonce);
    CHECK(challenges->take("a", now).error().code == errc::no_challenge);
  }
  SUBCASE("a nonce cannot be taken at or after its expiry, and is gone then") {
    const auto challenges = make(1);
    REQUIRE(challenges->put("a", nonce, now + 1s, now));
    CHECK(challenges->take("a", now + 1s).error().code == errc::no_challenge);
    CHECK(challenges->take("a", now).error().code == errc::no_challenge);
  }
  SUBCASE("a nonce can be taken up to its expiry") {
    const auto challenges = make(1);
    REQUIRE(challenges->put("a", nonce, now + 1s, now));
    CHECK(challenges->take("a", now + 1s - 1ns));
  }
  SUBCASE("a full store keeps what is open and makes room for what has expired") {
    const auto challenges = make(1);
    REQUIRE(challenges->put("a", nonce, now + 1s, now));
    CHECK(challenges->put("b", nonce, now + 1s, now).error().code == errc::exhausted);
    CHECK(challenges->put("b", nonce, now + 2s, now + 1s));
    CHECK(challenges->take("a", now).error().code == errc::no_challenge);
  }
  SUBCASE("a store of no capacity takes nothing") {
    CHECK(make(0)->put("a", nonce, now + 1s, now).error().code == errc::exhausted);
  }
  SUBCASE("a challenge that is open is not overwritten") {
    const auto challenges = make(2);
    REQUIRE(challenges->put("a", nonce, now + 1s, now));
    CHECK(challenges->put("a", bytes{9}, now + 1s, now).error().code == errc::conflict);
    CHECK(challenges->put("a", nonce, now + 1s, now).error().code == errc::conflict);
    CHECK(*challenges->take("a", now) == nonce);
  }
  SUBCASE("an id may hold any bytes and is never taken for another") {
    using namespace std::string_literals;
    const std::array ids{""s,
                         "a"s,
                         "a\0"s,
                         "a\0b"s,
                         "A"s,
                         " a"s,
                         "'; DROP TABLE troth_challenge; --"s,
                         "' OR '1'='1"s,
                         "%"s,
                         ":id"s,
                         "\xff\xfe\n"s,
                         "\xc3\xa4"s,
                         std::string(store::max_id_bytes, 'x')};
    const auto challenges = make(100);
    for (std::uint8_t i = 0; i < ids.size(); ++i)
      REQUIRE(challenges->put(ids.at(i), bytes{i}, now + 1s, now));
    CHECK(challenges->take("_", now).error().code == errc::no_challenge);
    for (std::uint8_t i = 0; i < ids.size(); ++i) {
      const auto taken = challenges->take(ids.at(i), now);
      REQUIRE(taken);
      CHECK(*taken == bytes{i});
    }
  }
  SUBCASE("an id or a nonce above the limit is refused, an empty nonce is not") {
    const auto challenges = make(2);
    const std::string long_id(store::max_id_bytes + 1, 'x');
    CHECK(challenges->put(long_id, nonce, now + 1s, now).error().code == errc::too_large);
    CHECK(challenges->take(long_id, now).error().code == errc::no_challenge);
    const bytes long_nonce(store::max_nonce_bytes + 1);
    CHECK(challenges->put("a", long_nonce, now + 1s, now).error().code == errc::too_large);
    REQUIRE(challenges->put("a", {}, now + 1s, now));
    CHECK(challenges->take("a", now)->empty());
  }
  SUBCASE("it answers a ping") {
    CHECK(make(1)->ping());
  }
}

void check_shared_store_contract(const store_maker& make) {
  SUBCASE("what one process puts another takes, once") {
    const auto one = make(1);
    const auto other = make(1);
    REQUIRE(one->put("a", nonce, now + 1s, now));
    CHECK(one->put("b", nonce, now + 1s, now).error().code == errc::exhausted);
    CHECK(*other->take("a", now) == nonce);
    CHECK(one->take("a", now).error().code == errc::no_challenge);
  }
  SUBCASE("of many that take at the same time exactly one gets the nonce") {
    const auto challenges = make(100);
    for (int round = 0; round < 5; ++round) {
      const auto id = std::to_string(round);
      REQUIRE(challenges->put(id, nonce, now + 1s, now));
      CHECK(count_winners(make, id, 4) == 1);
    }
  }
  SUBCASE("expired challenges do not pile up") {
    const auto challenges = make(2);
    REQUIRE(challenges->put("a", nonce, now + 1s, now));
    REQUIRE(challenges->put("b", nonce, now + 1h, now + 2min)); // purges a
    REQUIRE(challenges->put("c", nonce, now + 1h, now));
    CHECK(challenges->put("d", nonce, now + 1h, now).error().code == errc::exhausted);
  }
}

} // namespace troth::testing
