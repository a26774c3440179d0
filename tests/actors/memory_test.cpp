#include "actors/appraisal_memory.hpp"
#include "actors/peer_cache.hpp"
#include "actors/version_book.hpp"
#include "shared/appraisal/appraise.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/store/open.hpp"
#include "tests/support/attacks.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <limits>
#include <map>
#include <memory>

using namespace troth;
using namespace troth::testing;
using namespace std::chrono_literals;

namespace {

/// Counts what is asked of the real thing.
struct counting_memory final : appraisal::memory {
  actors::appraisal_memory real{{}, [] { return minted_now; }};
  int hits = 0;
  int kept = 0;

  std::shared_ptr<const appraisal::proven_chain> find_chain(const digest& key) override {
    auto out = real.find_chain(key);
    hits += out ? 1 : 0;
    return out;
  }

  std::shared_ptr<const appraisal::proven_item> find_item(const digest& key) override {
    auto out = real.find_item(key);
    hits += out ? 1 : 0;
    return out;
  }

  std::shared_ptr<const appraisal::proven_silicon> find_silicon(const digest& key) override {
    auto out = real.find_silicon(key);
    hits += out ? 1 : 0;
    return out;
  }

  void keep(const digest& key, std::shared_ptr<const appraisal::proven_silicon> proof) override {
    ++kept;
    real.keep(key, std::move(proof));
  }

  void keep(const digest& key, std::shared_ptr<const appraisal::proven_chain> chain) override {
    ++kept;
    real.keep(key, std::move(chain));
  }

  void keep(const digest& key, std::shared_ptr<const appraisal::proven_item> item) override {
    ++kept;
    real.keep(key, std::move(item));
  }
};

report::attestation_result run(const machine& from, byte_view sent, appraisal::memory* known,
                               const appraisal::policy& rules = {}, time_point now = minted_now) {
  const auto anchors = from.anchors();
  return appraisal::appraise({sent, from.nonce, rules, anchors, now, nullptr, nullptr, known});
}

std::string item_of(const bytes& content) {
  return hex(crypto::hash(hash_algorithm::sha256, content).view());
}

report::context claims_of(std::initializer_list<bytes> items) {
  report::context out;
  for (const auto& content : items) {
    out.digests.push_back(item_of(content));
    out.metadata[out.digests.back()] = content;
  }
  return out;
}

void ignore(const std::string&) {}

/// What a server says of the manifest `os`.
std::vector<report::omsp_response> good_status(const std::map<std::string, std::string>& digests) {
  report::omsp_response out;
  out.server = "https://s";
  out.produced_at = minted_now - 1h;
  out.responses = {
    {digests.at("os"), report::manifest_status::good, minted_now - 1h, minted_now + 24h, {}, ""}};
  return {out};
}

digest key(std::uint8_t with) {
  return crypto::hash(hash_algorithm::sha256, bytes{with});
}

auto item_of_size(std::size_t size) {
  appraisal::proven_item out;
  out.size_bytes = size;
  return std::make_shared<const appraisal::proven_item>(std::move(out));
}

/// Returns the least processor time that `work` took of several times, in seconds.
double least_cost(const std::function<void()>& work) {
  const auto spent = [] {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
  };
  auto least = std::numeric_limits<double>::max();
  for (int n = 0; n < 10; ++n) {
    const auto before = spent();
    work();
    least = std::min(least, spent() - before);
  }
  return least;
}

report::attestation_result seen(const std::string& device, time_point version) {
  report::attestation_result out;
  out.summary.says = report::status::success;
  out.device = device;
  out.versions = {{"Manifest/os", version}};
  return out;
}

} // namespace

TEST_SUITE_BEGIN("actors/memory");

TEST_CASE("with what was proved a result is byte by byte the same") {
  for (const auto as : {report::encoding::cbor, report::encoding::json}) {
    machine good;
    good.as = as;
    const auto sent = good.report();
    counting_memory known;
    const auto first = run(good, sent, &known);
    CHECK(known.hits == 0);
    CHECK(known.kept == 6); // four items, the signer's chain, the AK's
    const auto second = run(good, sent, &known);
    CHECK(known.hits == 5); // the items make the signer's chain needless
    CHECK(known.kept == 6);
    CHECK(report::write_result(first, as) == report::write_result(second, as));
    CHECK(report::write_result(first, as) == report::write_result(run(good, sent, nullptr), as));
  }
}

TEST_CASE("a second appraisal of a stack costs less than a quarter of the first") {
  machine stack;
  for (const auto* const name : {"second", "third", "fourth"})
    stack.cosigners.push_back(
      mint(leaf_content(name, std::string{crypto::eku::code_signing}), stack.metadata_ca));
  const auto sent = stack.report();
  const auto result = run(stack, sent, nullptr);
  REQUIRE(result.metadata.manifests.size() == 3);
  for (const auto& each : result.metadata.manifests)
    REQUIRE(each.signatures.size() == 4);
  const auto first = least_cost([&] {
    counting_memory nothing;
    (void)run(stack, sent, &nothing);
  });
  counting_memory known;
  const auto second = least_cost([&] { (void)run(stack, sent, &known); }); // but for one
  CHECK(known.hits > 0);
  MESSAGE("second of first: " << 100 * second / first << " %");
#ifndef TROTH_SANITIZED // which slows OpenSSL's own code, half of the first, by nothing
  CHECK(second < first / 4);
#endif
}

TEST_CASE("a report that fails leaves nothing behind") {
  machine bad;
  bad.logs[10].push_back(file_event("/tmp/evil", to_bytes("evil")));
  counting_memory known;
  CHECK(run(bad, bad.report(), &known).summary.says == report::status::fail);
  CHECK(known.kept == 0);
}

TEST_CASE("what was proved counts for the same trust store and role, and while it is valid") {
  const machine good;
  const auto sent = good.report();
  counting_memory known;
  CHECK(run(good, sent, &known).summary.says == report::status::success);
  machine stranger;
  stranger.nonce = good.nonce;
  CHECK(faults(run(stranger, sent, &known)).contains("untrusted"));
  appraisal::policy two;
  two.minimum_signers = 2;
  CHECK(faults(run(good, sent, &known, two)).contains("metadata.signers"));
  CHECK(faults(run(good, sent, &known, {}, minted_until + 1h)).contains("expired"));
}

TEST_CASE("what was proved counts for no other roots, role or certificates") {
  machine good;
  good.manifests[1].omsp_server = "https://s";
  good.status = good_status;
  const auto sent = good.report();
  counting_memory known;
  CHECK(faults(run(good, sent, &known)) == codes{});
  auto other = good;
  other.metadata_ca = mint_root(ca_content("Metadata CA"));
  CHECK(faults(run(other, sent, &known)).contains("untrusted"));
  other = good;
  other.status_ca = mint_root(ca_content("Status CA"));
  CHECK(faults(run(other, sent, &known)).contains("untrusted"));
  other = good;
  other.ak = mint(leaf_content("machine TPM AK", std::string{crypto::eku::tpm_ak}),
                  mint_root(ca_content("AK CA")));
  CHECK(faults(run(other, other.report(), &known)).contains("untrusted"));

  machine any;
  any.signer = mint(leaf_content("Signer"), any.metadata_ca);
  const auto by_any = any.report();
  appraisal::policy of_any_role;
  of_any_role.require_signer_eku = false;
  CHECK(faults(run(any, by_any, &known, of_any_role)) == codes{});
  CHECK(faults(run(any, by_any, &known)).contains("untrusted"));
}

TEST_CASE("what was proved ends with the first certificate that does") {
  const auto brief = [](std::string name, std::string_view eku, const identity& ca) {
    auto content = leaf_content(std::move(name), std::string{eku});
    content.not_after = minted_now + 1h;
    return mint(content, ca);
  };
  machine with_key;
  with_key.ak = brief("machine TPM AK", crypto::eku::tpm_ak, with_key.ak_ca);
  machine with_signer;
  with_signer.signer = brief("Signer", crypto::eku::code_signing, with_signer.metadata_ca);
  for (const auto& each : {with_key, with_signer}) {
    const auto sent = each.report();
    counting_memory known;
    CHECK(faults(run(each, sent, &known)) == codes{});
    CHECK(faults(run(each, sent, &known, {}, minted_now + 59min)) == codes{});
    CHECK(faults(run(each, sent, &known, {}, minted_now + 61min)).contains("expired"));
  }
}

TEST_CASE("a revocation counts though the manifest was proved before") {
  machine victim;
  const auto items = victim.manifests;
  counting_memory known;
  victim.manifests[1].omsp_server = "https://s";
  auto says = report::manifest_status::good;
  victim.status = [&](const auto& digests) {
    report::omsp_response out;
    out.server = "https://s";
    out.produced_at = minted_now - 1h;
    out.responses = {{digests.at("os"), says, minted_now - 1h, minted_now + 1h, {}, ""}};
    return std::vector{out};
  };
  CHECK(run(victim, victim.report(), &known).summary.says == report::status::success);
  says = report::manifest_status::revoked;
  CHECK(faults(run(victim, victim.report(), &known)) == codes{"revoked"});
}

TEST_CASE("proofs expire, and the oldest make room") {
  auto now = minted_now;
  actors::appraisal_memory some{{2, 100, 60s}, [&] { return now; }};
  some.keep(key(1), item_of_size(10));
  CHECK(some.find_item(key(1)) != nullptr);
  now += 60s;
  CHECK(some.find_item(key(1)) == nullptr);
  for (const auto each : bytes{1, 2, 3})
    some.keep(key(each), item_of_size(10));
  CHECK(some.find_item(key(1)) == nullptr);
  CHECK(some.find_item(key(3)) != nullptr);
  some.keep(key(4), item_of_size(95));
  CHECK(some.find_item(key(3)) == nullptr);
  CHECK(some.find_item(key(4)) != nullptr);
  some.keep(key(5), item_of_size(101)); // more than fits at all
  CHECK(some.find_item(key(5)) == nullptr);
}

TEST_CASE("a peer's items survive a restart, are known to others, and only as they were") {
  const temporary_folder folder;
  const auto file = folder.path() / "store.db";
  const auto open = [&] { return minted(store::open_stores("sqlite3://" + file.string(), {})); };
  const bytes one(10, 1);
  const bytes two(20, 2);
  actors::peer_cache cache{{}, open().peers, ignore};
  cache.learn("../peer", claims_of({one, two}), {});
  CHECK(cache.digests("../peer").size() == 2);
  CHECK(cache.digests("other").empty());
  cache.flush();
  const auto stored = open().peers;
  actors::peer_cache other{{}, stored, ignore};
  REQUIRE(other.refresh("../peer"));
  CHECK(other.items_of("../peer") == cache.items_of("../peer"));
  other.learn("../peer", claims_of({one}), {});
  other.flush();
  REQUIRE(cache.refresh("../peer"));
  CHECK(cache.digests("../peer") == std::vector{item_of(one)});
  // Whoever writes to the store cannot put anything else under a digest.
  const auto key = hex(crypto::hash(hash_algorithm::sha256, to_bytes("../peer")).view());
  REQUIRE(stored->save(key, {{item_of(one), one}, {item_of(two), one}, {"..", one}}));
  int noted = 0;
  actors::peer_cache third{{}, stored, [&](const std::string&) { ++noted; }};
  REQUIRE(third.refresh("../peer"));
  CHECK(third.digests("../peer") == std::vector{item_of(one)});
  CHECK(noted == 2);
}

TEST_CASE("a peer's cache holds what its last report named, filled in or sent") {
  actors::peer_cache cache{{}, nullptr, ignore};
  const bytes one(10, 1);
  const bytes two(20, 2);
  const bytes three(30, 3);
  cache.learn("p", claims_of({one, two}), {});
  auto next = claims_of({two, three});
  next.metadata.erase(item_of(two));
  cache.learn("p", next, cache.items_of("p"));
  CHECK(cache.items_of("p")
        == actors::peer_cache::items{{item_of(two), two}, {item_of(three), three}});
}

TEST_CASE("a digest that is not its item's does not get in") {
  actors::peer_cache cache{{}, nullptr, ignore};
  auto claims = claims_of({bytes(10, 1)});
  claims.metadata.begin()->second[0] ^= 1;
  cache.learn("p", claims, {});
  CHECK(cache.digests("p").empty());
  cache.learn("", claims_of({bytes(10, 1)}), {});
  CHECK(cache.digests("").empty());
}

TEST_CASE("a peer has a quota, and the peer longest unused goes") {
  actors::peer_cache cache{{2, 2, 25, 1'000}, nullptr, ignore};
  cache.learn("a", claims_of({bytes(10, 1), bytes(10, 2), bytes(1, 3)}), {});
  CHECK(cache.digests("a").size() == 2); // as many as may be
  CHECK(cache.items_of("b").empty());    // nobody has another's
  cache.learn("b", claims_of({bytes(20, 1), bytes(20, 2)}), {});
  CHECK(cache.digests("b").size() == 1); // as large as may be
  cache.flush();
  CHECK(!cache.digests("a").empty());
  cache.learn("c", claims_of({bytes(1, 1)}), {});
  CHECK(cache.digests("b").empty());
  CHECK(!cache.digests("a").empty());
}

TEST_CASE("all peers together have a quota, too") {
  actors::peer_cache cache{{10, 10, 100, 25}, nullptr, ignore};
  cache.learn("a", claims_of({bytes(20, 1)}), {});
  CHECK(cache.digests("a").size() == 1);
  cache.learn("b", claims_of({bytes(20, 2)}), {});
  CHECK(cache.digests("a").empty());
  CHECK(cache.digests("b").size() == 1);
}

TEST_CASE("the newest version of each item is remembered by device, at every verifier") {
  const temporary_folder folder;
  const auto url = "sqlite3://" + (folder.path() / "store.db").string();
  const std::string device(64, 'a');
  actors::version_book book{minted(store::open_stores(url, {})).versions, ignore};
  actors::version_book other{minted(store::open_stores(url, {})).versions, ignore};
  book.learn(seen(device, minted_now));
  book.learn(seen(device, minted_now - 1h));
  auto failed = seen(device, minted_now + 1h);
  failed.summary.says = report::status::fail;
  book.learn(failed);
  book.learn(seen("", minted_now + 1h));
  book.flush();
  CHECK(book.newest(device, "Manifest/os") == minted_now);
  CHECK(!book.newest(device, "Manifest/app"));
  CHECK(!book.newest(std::string(64, 'b'), "Manifest/os"));
  CHECK(!other.newest(device, "Manifest/os"));
  REQUIRE(other.refresh());
  CHECK(other.newest(device, "Manifest/os") == minted_now);
  other.learn(seen(device, minted_now + 2h));
  other.flush();
  REQUIRE(book.refresh());
  CHECK(book.newest(device, "Manifest/os") == minted_now + 2h);
}

namespace {

/// A store that fails as often as it is told.
struct failing_version_store final : store::version_store {
  int failures = 1;
  std::map<std::string, time_point> learnt;

  result<store::version_changes> since(std::uint64_t) override {
    return error{errc::unavailable, "store"};
  }
  result<void> learn(const std::string&, const std::map<std::string, time_point>& what) override {
    if (failures-- > 0)
      return error{errc::unavailable, "store"};
    learnt = what;
    return {};
  }
};

} // namespace

TEST_CASE("what could not be written is written with the next") {
  const auto store = std::make_shared<failing_version_store>();
  actors::version_book book{store, ignore};
  CHECK(book.refresh().error().code == errc::unavailable);
  book.learn(seen("d", minted_now));
  book.flush();
  CHECK(store->learnt.empty());
  book.flush();
  CHECK(store->learnt.at("Manifest/os") == minted_now);
}

TEST_SUITE_END();
