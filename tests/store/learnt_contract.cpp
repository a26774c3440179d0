#include "tests/store/contract.hpp"

#include <string>

namespace troth::testing {

namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr time_point now{1'800'000'000s};

/// Lists as `device/item+SECONDS`, the seconds since `now`.
std::string since(store::version_store& in, std::uint64_t number) {
  const auto found = in.since(number);
  REQUIRE(found);
  std::string out;
  for (const auto& one : found->entries)
    out += (out.empty() ? "" : " ") + one.device + '/' + one.item + '+'
           + std::to_string((one.version - now) / 1s);
  return out;
}

} // namespace

void check_version_contract(store::version_store& versions) {
  SUBCASE("who asks hears what is new, in the order in which it was learnt") {
    REQUIRE(versions.learn("a", {{"os", now}}));
    const auto first = versions.since(0);
    REQUIRE(first);
    CHECK(since(versions, 0) == "a/os+0");
    CHECK(since(versions, first->number).empty());
    REQUIRE(versions.learn("b", {{"os", now + 1s}}));
    CHECK(since(versions, first->number) == "b/os+1");
    REQUIRE(versions.learn("a", {{"os", now + 2s}}));
    CHECK(since(versions, first->number) == "b/os+1 a/os+2");
  }
  SUBCASE("an older version is not learnt") {
    REQUIRE(versions.learn("a", {{"os", now}}));
    REQUIRE(versions.learn("a", {{"os", now - 1s}}));
    CHECK(since(versions, 0) == "a/os+0");
  }
  SUBCASE("what was learnt first makes room") {
    for (const auto* const device : {"a", "b", "c", "d"})
      REQUIRE(versions.learn(device, {{"os", now}}));
    CHECK(since(versions, 0) == "b/os+0 c/os+0 d/os+0");
  }
  SUBCASE("names may hold any bytes") {
    REQUIRE(versions.learn("\0'\xff"s, {{"\n;\0"s, now}}));
    CHECK(since(versions, 0) == "\0'\xff/\n;\0+0"s);
  }
}

void check_peer_contract(store::peer_store& peers) {
  const std::map<std::string, bytes> items{{"aa", bytes(30, 1)}, {"bb", bytes{}}};
  SUBCASE("a peer's items are kept, and told to who has others") {
    CHECK(!peers.load("01", 0)->has_value());
    const auto number = peers.save("01", items);
    REQUIRE(number);
    CHECK((*peers.load("01", 0))->items == items);
    CHECK((*peers.load("01", 0))->number == *number);
    CHECK(!peers.load("01", *number)->has_value());
    REQUIRE(*peers.save("01", {{"cc", bytes(1)}}) > *number);
    CHECK((*peers.load("01", *number))->items.size() == 1);
    REQUIRE(*peers.save("01", {}) == 0);
    CHECK((*peers.load("01", *number))->items.empty());
  }
  SUBCASE("the peer that was saved longest ago makes room") {
    for (const auto* const peer : {"01", "02", "03", "01", "04"})
      REQUIRE(peers.save(peer, items));
    CHECK(!peers.load("02", 0)->has_value());
    CHECK(peers.load("01", 0)->has_value());
    CHECK(peers.load("04", 0)->has_value());
  }
}

void check_outcome_contract(store::outcome_store& outcomes) {
  const auto later = now + 1min;
  const auto begin = [&](const char* id, const char* digest, time_point when = now) {
    const auto known = outcomes.begin(id, digest, when + 1min, when);
    return !known    ? to_string(known.error())
           : !*known ? std::string{"begun"}
                     : (*known)->media_type + '/' + to_text((*known)->content);
  };
  SUBCASE("a request is begun once, and its outcome told to who asks again") {
    CHECK(begin("a", "1") == "begun");
    CHECK(begin("a", "1") == "/");
    CHECK(outcomes.find("a", now)->media_type.empty());
    REQUIRE(outcomes.finish("a", {"x", bytes{'o'}}, later, now));
    CHECK(begin("a", "1") == "x/o");
    CHECK(begin("a", "2").starts_with("conflict"));
    CHECK(outcomes.find("a", now)->content == bytes{'o'});
  }
  SUBCASE("what nobody asks for in time is forgotten, and makes room") {
    CHECK(begin("a", "1") == "begun");
    CHECK(begin("b", "1") == "begun");
    CHECK(begin("c", "1").starts_with("exhausted"));
    CHECK(outcomes.find("a", later).error().code == errc::not_found);
    CHECK(outcomes.finish("a", {"x", {}}, later, later).error().code == errc::not_found);
    CHECK(begin("c", "1", later) == "begun");
    REQUIRE(outcomes.forget("c"));
    CHECK(outcomes.find("c", later).error().code == errc::not_found);
    CHECK(outcomes.forget("c"));
  }
  SUBCASE("only so many bytes are kept") {
    CHECK(begin("a", "1") == "begun");
    CHECK(begin("b", "1") == "begun");
    REQUIRE(outcomes.finish("a", {"x", bytes(60, 1)}, later, now));
    CHECK(outcomes.finish("b", {"x", bytes(41, 1)}, later, now).error().code == errc::exhausted);
    CHECK(outcomes.finish("b", {"x", bytes(40, 1)}, later, now));
  }
}

void check_report_contract(store::report_store& reports) {
  const auto later = now + 1min;
  const auto found = [&](const char* id, time_point when = now) {
    const auto content = reports.find(id, when);
    return content ? to_text(*content) : std::string{name(content.error().code)};
  };
  SUBCASE("a report is kept under its id, which is not taken twice") {
    REQUIRE(reports.put("a", bytes{'x'}, later, now));
    REQUIRE(reports.put("a", bytes{'y'}, later, now));
    CHECK(found("a") == "x");
    CHECK(found("b") == "not_found");
  }
  SUBCASE("whose time is over is forgotten") {
    REQUIRE(reports.put("a", bytes{'x'}, later, now));
    CHECK(found("a", later - 1ns) == "x");
    CHECK(found("a", later) == "not_found");
    REQUIRE(reports.expire(later));
    CHECK(found("a") == "not_found");
  }
  SUBCASE("the one that was kept longest ago makes room") {
    for (const auto* const id : {"c", "b", "a"})
      REQUIRE(reports.put(id, bytes{'x'}, later, now));
    CHECK(found("c") == "not_found");
    CHECK(found("b") == "x");
    REQUIRE(reports.put("d", bytes(99, 'x'), later, now));
    CHECK(found("b") == "not_found");
    CHECK(found("a") == "x");
    REQUIRE(reports.put("e", bytes(100, 'x'), later, now));
    CHECK(found("a") == "not_found");
    CHECK(found("d") == "not_found");
    CHECK(found("e").size() == 100);
  }
  SUBCASE("one that is larger than all may be is not kept") {
    const auto refused = reports.put("a", bytes(101, 'x'), later, now);
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::too_large);
  }
}

} // namespace troth::testing
