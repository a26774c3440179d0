#include "actors/metadata_cache.hpp"
#include "actors/metadata_refresh.hpp"
#include "shared/attesting/metadata_folder.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/files/files.hpp"
#include "tests/support/signed_metadata.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace troth;
using report::encoding;
using testing::sign_metadata;
using testing::small_manifest;

namespace {

constexpr const char* older = "2026-01-01T00:00:00Z";
constexpr const char* newer = "2026-01-02T00:00:00+00:00";

std::string digest_of(byte_view content) {
  return hex(crypto::hash(hash_algorithm::sha256, content).view());
}

struct metadata_fixture {
  testing::temporary_folder folder;
  std::vector<std::string> notes;
  std::function<void(const std::string&)> note = [this](const std::string& what) {
    notes.push_back(what);
  };

  void put(const std::string& name, byte_view content) {
    REQUIRE(files::write(folder.path() / name, content, files::access::everyone));
  }

  static void add(attesting::metadata_set& to, byte_view content) {
    auto item = attesting::read_signed_item(copy(content));
    REQUIRE(item);
    to.emplace(item->digest, *item);
  }
};

} // namespace

TEST_SUITE_BEGIN("actors/metadata");

TEST_CASE("a signed item is known by the digest of the whole of it, and by what it says") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto content = sign_metadata(small_manifest("os", older), as);
    const auto item = attesting::read_signed_item(content);
    REQUIRE(item);
    CHECK(item->digest == digest_of(content));
    CHECK(item->encoded_as == as);
    CHECK(item->kind == "Manifest");
    CHECK(item->name == "os");
    CHECK(item->version == *parse_time(older));
  }
}

TEST_CASE("a status is known by its server, and by when it was produced") {
  report::omsp_response status;
  status.server = "https://status.example";
  status.produced_at = *parse_time(newer);
  const auto item = attesting::read_signed_item(sign_metadata(status, encoding::json));
  REQUIRE(item);
  CHECK(item->kind == "OMSP Response");
  CHECK(item->name == status.server);
  CHECK(item->version == *parse_time(newer));
  status.produced_at.reset();
  CHECK(!attesting::read_signed_item(sign_metadata(status, encoding::json)));
}

TEST_CASE("an item without a version that is a time is malformed") {
  const auto content = sign_metadata(small_manifest("os", "1.0"), encoding::json);
  CHECK(attesting::read_signed_item(content).error().code == errc::malformed);
}

TEST_CASE_FIXTURE(metadata_fixture, "of a name the newest is picked, whatever it is encoded as") {
  attesting::metadata_set set;
  const auto new_os = sign_metadata(small_manifest("os", newer), encoding::cbor);
  add(set, sign_metadata(small_manifest("os", older), encoding::json));
  add(set, new_os);
  const auto picked = attesting::pick({&set}, encoding::json);
  REQUIRE(picked.size() == 1);
  CHECK(picked[0]->content == new_os);
}

TEST_CASE_FIXTURE(metadata_fixture, "of one version the encoding of the report is picked") {
  attesting::metadata_set set;
  for (const auto as : {encoding::json, encoding::cbor}) {
    add(set, sign_metadata(small_manifest("os", older), as));
    add(set, sign_metadata(small_manifest("app", older), as));
  }
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto picked = attesting::pick({&set}, as);
    REQUIRE(picked.size() == 2);
    CHECK(picked[0]->name == "app");
    CHECK(picked[1]->name == "os");
    CHECK(picked[0]->encoded_as == as);
    CHECK(picked[1]->encoded_as == as);
  }
}

TEST_CASE_FIXTURE(metadata_fixture, "a name is looked at within its kind") {
  attesting::metadata_set set;
  report::image_description image;
  image.info.name = "os";
  image.info.version = older;
  add(set, sign_metadata(image, encoding::json));
  add(set, sign_metadata(small_manifest("os", newer), encoding::json));
  CHECK(attesting::pick({&set}, encoding::json).size() == 2);
}

TEST_CASE_FIXTURE(metadata_fixture, "a folder shows what is in it, also what changed or went") {
  attesting::metadata_folder shown{folder.path(), note};
  REQUIRE(shown.refresh());
  CHECK(shown.items().empty());
  const auto os = sign_metadata(small_manifest("os", older), encoding::json);
  const auto app = sign_metadata(small_manifest("app", older), encoding::cbor);
  put("os.json", os);
  put("app.cbor", app);
  REQUIRE(shown.refresh());
  CHECK(shown.items().size() == 2);
  CHECK(shown.items().contains(digest_of(os)));

  const auto new_os = sign_metadata(small_manifest("os", newer), encoding::json);
  put("os.json", new_os);
  std::filesystem::remove(folder.path() / "app.cbor");
  REQUIRE(shown.refresh());
  REQUIRE(shown.items().size() == 1);
  CHECK(shown.items().contains(digest_of(new_os)));
}

TEST_CASE_FIXTURE(metadata_fixture, "a file that is no signed item is left out, and said once") {
  attesting::metadata_folder shown{folder.path(), note};
  put("README", to_bytes("what lies here"));
  put("os.json", sign_metadata(small_manifest("os", older), encoding::json));
  REQUIRE(shown.refresh());
  REQUIRE(shown.refresh());
  CHECK(shown.items().size() == 1);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].starts_with("metadata: README: "));
}

TEST_CASE_FIXTURE(metadata_fixture, "a folder that is not there, or too full, is an error") {
  attesting::metadata_folder none{folder.path() / "none", note};
  CHECK(none.refresh().error().code == errc::not_found);
  for (std::size_t i = 0; i <= attesting::max_metadata_items; ++i)
    put(std::to_string(i), {});
  attesting::metadata_folder full{folder.path(), note};
  CHECK(full.refresh().error().code == errc::too_large);
}

TEST_CASE_FIXTURE(metadata_fixture,
                  "what was fetched serves the next start, unless it was changed since") {
  const auto os = sign_metadata(small_manifest("os", older), encoding::json);
  const auto app = sign_metadata(small_manifest("app", older), encoding::json);
  {
    actors::metadata_cache cache{folder.path(), note};
    cache.load();
    CHECK(cache.items().empty());
    REQUIRE(cache.add(digest_of(os), os));
    REQUIRE(cache.add(digest_of(app), app));
  }
  put(digest_of(app), os); // genuine, and not what its name says
  actors::metadata_cache cache{folder.path(), note};
  cache.load();
  REQUIRE(cache.items().size() == 1);
  CHECK(cache.items().begin()->second.content == os);
  CHECK(notes.size() == 1);
}

TEST_CASE_FIXTURE(metadata_fixture, "an item of another digest than asked for is not kept") {
  actors::metadata_cache cache{folder.path(), note};
  const auto os = sign_metadata(small_manifest("os", older), encoding::json);
  CHECK(cache.add(std::string(64, '0'), os).error().code == errc::malformed);
  CHECK(cache.add("../../escaped", os).error().code == errc::malformed);
  CHECK(cache.items().empty());
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE_FIXTURE(
  metadata_fixture,
  "a refresh fetches what is new and drops what is gone; a failure changes nothing") {
  const auto os = sign_metadata(small_manifest("os", older), encoding::json);
  const auto app = sign_metadata(small_manifest("app", older), encoding::json);
  const auto cache = std::make_shared<actors::metadata_cache>(folder.path(), note);
  result<std::vector<protocol::metadata_entry>> listed
    = std::vector<protocol::metadata_entry>{{digest_of(os), "os", "", os.size()}};
  std::map<std::string, bytes> items{{digest_of(os), os}};
  std::vector<std::string> asked;
  actors::metadata_refresh refresh{cache,
                                   {[&](auto then) { then(listed); },
                                    [&](const std::string& digest, auto then) {
                                      asked.push_back(digest);
                                      if (items.contains(digest))
                                        then(items[digest]);
                                      else
                                        then(error{errc::not_found, "metadata"});
                                    }},
                                   note};
  int done = 0;
  const auto run = [&] { refresh.run([&] { ++done; }); };
  run();
  CHECK(done == 1);
  CHECK(refresh.has_succeeded());
  CHECK(cache->items().contains(digest_of(os)));
  run(); // nothing is new
  CHECK(asked.size() == 1);

  listed = std::vector<protocol::metadata_entry>{{digest_of(app), "app", "", app.size()}};
  run(); // but the item itself cannot be had
  CHECK(refresh.trouble() == "not_found: metadata");
  CHECK(cache->items().contains(digest_of(os)));
  items[digest_of(app)] = app;
  run();
  CHECK(refresh.trouble().empty());
  CHECK(cache->items().contains(digest_of(app)));
  CHECK(!cache->items().contains(digest_of(os)));
  CHECK(*files::list(folder.path(), 10) == std::vector{digest_of(app)});

  listed = error{errc::unavailable, "est"};
  run();
  CHECK(cache->items().contains(digest_of(app)));
  CHECK(done == 5);
}

TEST_SUITE_END();
