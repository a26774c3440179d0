#include "actors/policy_book.hpp"

#include "shared/codec/json.hpp"
#include "shared/store/memory_policy_store.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace std::chrono_literals;
namespace policy_action = protocol::policy_action;
using scope = store::policy_store::scope;

namespace {

constexpr time_point now{1'800'000'000s};

struct book_fixture {
  std::shared_ptr<store::memory_policy_store> managed
    = std::make_shared<store::memory_policy_store>(10);
  actors::policy_book book{{{"default", std::make_shared<const appraisal::policy>()}},
                           "default",
                           managed};

  result<std::string> manage(const char* action, const std::string& name,
                             const std::string& version, const std::string& document = {}) {
    return book.manage({action, name, version, document, false, "alice\n"}, now);
  }

  std::string code(const char* action, const std::string& name, const std::string& version,
                   const std::string& document = {}) {
    const auto done = manage(action, name, version, document);
    return done ? "" : to_string(done.error());
  }
};

} // namespace

TEST_SUITE_BEGIN("actors/policy_book");

TEST_CASE_FIXTURE(book_fixture, "what is put is checked as a policy, and shown as it was put") {
  const std::string document = R"({ "name": "a", "version": "1", "requiredPcrs": [0] })";
  CHECK(code(policy_action::put, "a", "1", document).empty());
  CHECK(*manage(policy_action::get, "a", "1") == document);
  CHECK(code(policy_action::put, "a", "2", R"({"requiredPcrs":[24]})").starts_with("malformed"));
  CHECK(code(policy_action::put, "a", "2", R"({"pcrs":[1]})") == "unknown_key: policy.pcrs");
  CHECK(code(policy_action::put, "a", "2", R"({"name":"b"})")
        == "malformed: policy.name: got b, expected a");
  CHECK(code(policy_action::put, "a", "2", R"({"version":"1"})")
        == "malformed: policy.version: got 1, expected 2");
  CHECK(code(policy_action::put, "a", "1", "{}").starts_with("conflict"));
}

TEST_CASE_FIXTURE(book_fixture, "names and versions are words, and none of the configuration") {
  for (const auto* const bad : {"", "a b", "a/b", "ä", "a@1"}) {
    CAPTURE(bad);
    CHECK(code(policy_action::put, bad, "1", "{}").starts_with("malformed: name"));
    CHECK(code(policy_action::put, "a", bad, "{}").starts_with("malformed: version"));
  }
  CHECK(code(policy_action::put, std::string(65, 'a'), "1", "{}").starts_with("malformed"));
  for (const auto* const taken : {"default", "cmc-compat"})
    CHECK(code(policy_action::put, taken, "1", "{}").starts_with("conflict"));
  CHECK(code("rename", "a", "1") == "unsupported: action: rename");
}

TEST_CASE_FIXTURE(book_fixture, "only what is active can be named, under the name of its path") {
  CHECK(code(policy_action::put, "a", "7", "{}").empty());
  REQUIRE(book.refresh());
  CHECK(book.find("a").error().code == errc::not_found);
  CHECK(code(policy_action::activate, "a", "7").empty());
  REQUIRE(book.refresh());
  CHECK(id_of(**book.find("a")) == "a@7");
  CHECK((*book.find(""))->name == "default");
  REQUIRE(managed->activate("a", "7", scope::everybody));
  REQUIRE(book.refresh());
  CHECK((*book.find(""))->name == "a");
  CHECK(code(policy_action::deactivate, "a", "").empty());
  REQUIRE(book.refresh());
  CHECK((*book.find(""))->name == "default");
  CHECK(code(policy_action::erase, "a", "7").empty());
  CHECK(code(policy_action::get, "a", "7").starts_with("not_found"));
}

TEST_CASE_FIXTURE(book_fixture, "a document that is not what was put applies to nobody") {
  REQUIRE(managed->put({"a", "1", std::string(64, '0'), "mallory", now}, "{}"));
  REQUIRE(managed->activate("a", "1", scope::everybody));
  REQUIRE(book.refresh());
  CHECK(book.find("").error().code == errc::internal);
  CHECK(book.find("a").error().where == "policy a@1: is not what was put");
  CHECK(book.find("default")); // which was not changed
}

TEST_CASE_FIXTURE(book_fixture, "the list tells where each is from, and whose it is") {
  CHECK(code(policy_action::put, "a", "1", "{}").empty());
  const auto listed = codec::parse_json(*book.list(), {.max_bytes = 4096});
  REQUIRE(listed);
  CHECK((*listed)["default"] == "default");
  const auto& all = (*listed)["policies"];
  REQUIRE(all.size() == 2);
  CHECK(all[0]["source"] == "configuration");
  CHECK(all[0]["active"] == true);
  CHECK(all[1]["source"] == "store");
  CHECK(all[1]["active"] == false);
  CHECK(all[1]["author"] == "alice?");
  CHECK(*parse_time(all[1]["created"].get<std::string>()) == now);
  CHECK(all[1]["digest"] == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
}

TEST_CASE("where nothing is managed, the configuration is all there is") {
  actors::policy_book book{{{"default", std::make_shared<const appraisal::policy>()}},
                           "default",
                           nullptr};
  CHECK(book.refresh());
  CHECK(book.find(""));
  CHECK(book.manage({policy_action::put, "a", "1", "{}", false, ""}, now).error().code
        == errc::unsupported);
}

TEST_SUITE_END();
