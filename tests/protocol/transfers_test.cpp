#include "shared/protocol/transfers.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::protocol;
using namespace std::chrono_literals;

namespace {

const std::string id = "00112233445566778899aabbccddeeff";
const std::string other_id = "ffeeddccbbaa99887766554433221100";
const transfer_limits limits{.max_body_bytes = std::size_t{3} * 1024 * 1024,
                             .max_total_bytes = std::size_t{5} * 1024 * 1024,
                             .max_transfers = 2,
                             .lifetime = 60s};
constexpr transfers::clock_time now{};

payload refers_to(const std::string& transfer, std::uint64_t size_bytes) {
  return {"application/x", {}, transfer, size_bytes};
}

/// Returns why a part of a body is refused by a store that holds nothing.
errc refused(chunk part) {
  transfers store{limits};
  const auto kept = store.put(std::move(part), now);
  REQUIRE(!kept);
  CHECK(store.total_bytes() == 0);
  return kept.error().code;
}

} // namespace

TEST_SUITE_BEGIN("protocol/transfers");

TEST_CASE("a body that is put in parts is taken whole, once") {
  transfers store{limits};
  REQUIRE(store.put({id, 0, 5, "ab"}, now));
  REQUIRE(store.put({id, 2, 5, "cde"}, now));
  CHECK(store.total_bytes() == 5);
  const auto taken = store.take(refers_to(id, 5), now);
  REQUIRE(taken);
  CHECK(*taken == "abcde");
  CHECK(store.total_bytes() == 0);
  CHECK(store.take(refers_to(id, 5), now).error().code == errc::not_found);
}

TEST_CASE("a body in the message itself needs no transfer") {
  transfers store{limits};
  const auto taken = store.take({"application/x", "abc", {}, 3}, now);
  REQUIRE(taken);
  CHECK(*taken == "abc");
}

TEST_CASE("a part that is not the next one ends the transfer") {
  SUBCASE("a gap") {
    transfers store{limits};
    REQUIRE(store.put({id, 0, 5, "ab"}, now));
    const auto kept = store.put({id, 3, 5, "de"}, now);
    REQUIRE(!kept);
    CHECK(kept.error().code == errc::conflict);
    CHECK(kept.error().where == "transfer.offset: got 3, expected 2");
    CHECK(store.take(refers_to(id, 5), now).error().code == errc::not_found);
    CHECK(store.total_bytes() == 0);
  }
  SUBCASE("twice the same") {
    transfers store{limits};
    REQUIRE(store.put({id, 0, 5, "ab"}, now));
    CHECK(store.put({id, 0, 5, "ab"}, now).error().code == errc::conflict);
  }
  SUBCASE("another total") {
    transfers store{limits};
    REQUIRE(store.put({id, 0, 5, "ab"}, now));
    CHECK(store.put({id, 2, 6, "cd"}, now).error().code == errc::conflict);
  }
  SUBCASE("beyond the total") {
    transfers store{limits};
    REQUIRE(store.put({id, 0, 3, "ab"}, now));
    CHECK(store.put({id, 2, 3, "cd"}, now).error().code == errc::conflict);
  }
  SUBCASE("no beginning") {
    CHECK(refused({id, 1, 3, "b"}) == errc::conflict);
  }
}

TEST_CASE("a part that no part may be is refused") {
  CHECK(refused({"", 0, 1, "a"}) == errc::malformed);
  CHECK(refused({id + "0", 0, 1, "a"}) == errc::malformed);
  CHECK(refused({"00112233445566778899AABBCCDDEEFF", 0, 1, "a"}) == errc::malformed);
  CHECK(refused({id, 0, 1, ""}) == errc::malformed);
  CHECK(refused({id, 0, limits.max_body_bytes, blob(max_chunk_bytes + 1, 'a')}) == errc::too_large);
}

TEST_CASE("a body over the maximum is refused at its first part") {
  CHECK(refused({id, 0, limits.max_body_bytes + 1, "a"}) == errc::too_large);
  CHECK(refused({id, 0, ~std::uint64_t{0}, "a"}) == errc::too_large);
  transfers store{limits};
  CHECK(store.put({id, 0, limits.max_body_bytes, "a"}, now));
  CHECK(store.take({"application/x", "a", {}, limits.max_body_bytes + 1}, now).error().code
        == errc::too_large);
}

TEST_CASE("bodies that would take more room than there is are refused") {
  transfers store{limits};
  REQUIRE(store.put({id, 0, limits.max_body_bytes, "a"}, now));
  CHECK(store.put({other_id, 0, limits.max_body_bytes, "a"}, now).error().code == errc::exhausted);
  CHECK(store.give("application/x", blob(limits.max_body_bytes, 'a'), other_id, now).error().code
        == errc::exhausted);
}

TEST_CASE("more transfers than may be under way are refused") {
  transfers store{limits};
  REQUIRE(store.put({id, 0, 2, "a"}, now));
  REQUIRE(store.put({other_id, 0, 2, "a"}, now));
  CHECK(store.put({std::string(32, '0'), 0, 2, "a"}, now).error().code == errc::exhausted);
  CHECK(store.put({id, 1, 2, "b"}, now));
}

TEST_CASE("a body whose parts are missing is refused, and gone") {
  transfers store{limits};
  REQUIRE(store.put({id, 0, 5, "ab"}, now));
  CHECK(store.take(refers_to(id, 5), now).error().code == errc::conflict);
  CHECK(store.take(refers_to(id, 5), now).error().code == errc::not_found);
}

TEST_CASE("a body of another size than the message says is refused") {
  transfers store{limits};
  CHECK(store.take({"application/x", "abc", {}, 4}, now).error().code == errc::malformed);
  REQUIRE(store.put({id, 0, 2, "ab"}, now));
  CHECK(store.take(refers_to(id, 3), now).error().code == errc::malformed);
  REQUIRE(store.put({id, 0, 2, "ab"}, now));
  CHECK(store.take({"application/x", "x", id, 2}, now).error().code == errc::malformed);
}

TEST_CASE("a transfer expires its lifetime after its last part, and leaves its room") {
  transfers store{limits};
  REQUIRE(store.put({id, 0, 3, "a"}, now));
  REQUIRE(store.put({id, 1, 3, "b"}, now + 59s));
  REQUIRE(store.put({id, 2, 3, "c"}, now + 118s));
  CHECK(store.take(refers_to(id, 3), now + 178s).error().code == errc::not_found);
  CHECK(store.total_bytes() == 0);
}

TEST_CASE("a small body is given as it is") {
  transfers store{limits};
  const auto given = store.give("application/x", blob(max_chunk_bytes, 'a'), id, now);
  REQUIRE(given);
  CHECK(given->media_type == "application/x");
  CHECK(given->transfer.empty());
  CHECK(given->body.size() == max_chunk_bytes);
  CHECK(given->size_bytes == max_chunk_bytes);
}

TEST_CASE("a large body is given by reference and got in parts, once") {
  transfers store{limits};
  auto body = blob(max_chunk_bytes + 1, 'a');
  body.back() = 'b';
  const auto given = store.give("application/x", body, id, now);
  REQUIRE(given);
  CHECK(given->body.empty());
  CHECK(given->transfer == id);
  CHECK(given->size_bytes == body.size());
  CHECK(store.get(id, max_chunk_bytes, now).error().code == errc::conflict);
  const auto first = store.get(id, 0, now);
  REQUIRE(first);
  CHECK(first->size() == max_chunk_bytes);
  const auto second = store.get(id, max_chunk_bytes, now);
  REQUIRE(second);
  CHECK(*first + *second == body);
  CHECK(store.get(id, body.size(), now).error().code == errc::not_found);
  CHECK(store.total_bytes() == 0);
}

TEST_CASE("a body over the maximum is not given") {
  transfers store{limits};
  CHECK(store.give("application/x", blob(limits.max_body_bytes + 1, 'a'), id, now).error().code
        == errc::too_large);
}

TEST_CASE("what a peer put cannot be got, and what was given cannot be taken") {
  transfers store{limits};
  REQUIRE(store.put({id, 0, 1, "a"}, now));
  CHECK(store.get(id, 0, now).error().code == errc::not_found);
  REQUIRE(store.give("application/x", blob(max_chunk_bytes + 1, 'a'), other_id, now));
  CHECK(store.take(refers_to(other_id, max_chunk_bytes + 1), now).error().code == errc::not_found);
}

TEST_SUITE_END();
