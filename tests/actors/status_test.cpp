#include "actors/status_refresh.hpp"
#include "actors/status_responder.hpp"
#include "shared/files/files.hpp"
#include "shared/report/omsp.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/signed_metadata.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troth;
using namespace std::chrono_literals;
using report::encoding;
using report::manifest_status;
using testing::sign_metadata;
using testing::small_manifest;

namespace {

constexpr const char* server = "https://status.example/omsp";

const testing::identity& status_ca() {
  static const auto ca = testing::mint_root(testing::ca_content("Status CA"));
  return ca;
}

testing::identity status_signer() {
  return testing::mint(testing::leaf_content("Status", std::string{crypto::eku::ocsp_signing}),
                       status_ca());
}

struct responder_fixture {
  testing::temporary_folder folder;
  time_point now = testing::minted_now;
  std::filesystem::path file = folder.path() / "status.json";
  testing::identity signer = status_signer();
  actors::status_responder responder{
    file, {{signer.certificate, status_ca().certificate}, signer.key}, 1h, [this] { return now; }};
  std::filesystem::file_time_type written = std::filesystem::file_time_type::clock::now();

  void say(std::vector<report::status_entry> entries) {
    report::omsp_response status;
    status.server = server;
    status.responses = std::move(entries);
    put(report::write_metadata(status, encoding::json));
  }

  void put(const bytes& content) {
    REQUIRE(files::write(file, content, files::access::everyone));
    std::filesystem::last_write_time(file, written += 1s);
  }

  report::omsp_response ask(encoding as, std::vector<std::string> hashes) {
    report::status_request request;
    request.manifest_hashes = std::move(hashes);
    request.encoded_as = as;
    const auto answer = responder.answer(report::write_status_request(request));
    REQUIRE(answer);
    const auto message = report::parse_signed(*answer);
    REQUIRE(message);
    REQUIRE(message->signatures.size() == 1);
    const auto& signature = message->signatures[0];
    CHECK(signature.certificates.size() == 2);
    CHECK(signer.certificate.key().verify(signature.algorithm, signature.signed_bytes,
                                          signature.signature));
    const auto item = report::parse_metadata(message->payload);
    REQUIRE(item);
    return std::get<report::omsp_response>(*item);
  }
};

struct refresh_fixture {
  testing::temporary_folder folder;
  time_point now = testing::minted_now;
  std::vector<std::string> notes;
  std::function<void(const std::string&)> note = [this](const std::string& what) {
    notes.push_back(what);
  };
  attesting::metadata_set manifests;
  std::vector<report::status_request> asked;
  std::function<result<bytes>(const report::status_request&)> answer
    = [this](const report::status_request& request) { return respond(request, server); };
  std::shared_ptr<actors::metadata_cache> kept
    = std::make_shared<actors::metadata_cache>(folder.path(), note);
  actors::status_refresh refresh{kept,
                                 {{server},
                                  [this](const std::string& whom, const bytes& body, auto then) {
                                    CHECK(whom == server);
                                    asked.push_back(*report::parse_status_request(body));
                                    then(answer(asked.back()));
                                  },
                                  [this] { return now; },
                                  note}};

  std::string add(const std::string& name, const std::string& whom, encoding as = encoding::json) {
    auto manifest = small_manifest(name, "2026-01-01T00:00:00Z");
    manifest.omsp_server = whom;
    auto item = *attesting::read_signed_item(sign_metadata(manifest, as));
    auto digest = item.digest;
    manifests.emplace(digest, std::move(item));
    return digest;
  }

  result<bytes> respond(const report::status_request& request, const std::string& by) const {
    report::omsp_response out;
    out.server = by;
    out.produced_at = now;
    for (const auto& hash : request.manifest_hashes)
      out.responses.push_back({hash, manifest_status::good, now, now + 1h, {}, {}});
    return sign_metadata(out, request.encoded_as);
  }

  void run() {
    auto is_done = false;
    refresh.run(manifests, [&] { is_done = true; });
    CHECK(is_done);
  }
};

} // namespace

TEST_SUITE_BEGIN("actors/status");

TEST_CASE_FIXTURE(responder_fixture, "an answer says what the file says, from now on and signed") {
  say({{"0a", manifest_status::good, {}, {}, {}, {}},
       {"0b", manifest_status::revoked, {}, {}, *parse_time("2026-05-01T00:00:00Z"), "a hole"}});
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto said = ask(as, {"0b", "0a", "0c"});
    CHECK(said.server == server);
    CHECK(said.produced_at == now);
    REQUIRE(said.responses.size() == 3);
    CHECK(said.responses[0].status == manifest_status::revoked);
    CHECK(said.responses[0].revocation_reason == "a hole");
    CHECK(said.responses[0].revocation_time == *parse_time("2026-05-01T00:00:00Z"));
    CHECK(said.responses[1].status == manifest_status::good);
    CHECK(said.responses[2].manifest_hash == "0c");
    CHECK(said.responses[2].status == manifest_status::unknown);
    for (const auto& entry : said.responses) {
      CHECK(entry.this_update == now);
      CHECK(entry.next_update == now + 1h);
    }
  }
}

TEST_CASE_FIXTURE(responder_fixture, "a file that changed is read again") {
  say({{"0a", manifest_status::good, {}, {}, {}, {}}});
  CHECK(ask(encoding::json, {"0a"}).responses[0].status == manifest_status::good);
  say({{"0a", manifest_status::outdated, {}, {}, {}, {}}});
  CHECK(ask(encoding::json, {"0a"}).responses[0].status == manifest_status::outdated);
}

TEST_CASE_FIXTURE(responder_fixture, "what was known before is no answer once the file is broken") {
  const auto request = report::write_status_request({"3.3.0", {"0a"}, encoding::json});
  CHECK(responder.answer(request).error().code == errc::unavailable);
  say({{"0a", manifest_status::good, {}, {}, {}, {}}});
  CHECK(responder.answer(request));
  put(to_bytes("{"));
  CHECK(responder.answer(request).error().code == errc::unavailable);
  put(report::write_metadata(small_manifest("os", "2026-01-01T00:00:00Z"), encoding::json));
  CHECK(responder.check().error().code == errc::unavailable);
  std::filesystem::remove(file);
  CHECK(responder.check().error().code == errc::unavailable);
}

TEST_CASE_FIXTURE(responder_fixture, "an answer is refused to what is no question") {
  say({});
  CHECK(responder.answer(to_bytes("{}")).error().code == errc::missing);
  CHECK(responder.answer({}).error().code == errc::truncated);
}

TEST_CASE_FIXTURE(responder_fixture, "a signer whose certificate has ended signs nothing") {
  say({});
  CHECK(responder.check());
  now = testing::minted_until;
  CHECK(responder.check().error().code == errc::unavailable);
}

TEST_CASE("only a status signer's certificate is good for signing a status") {
  const auto check = [](const testing::identity& one, time_point at = testing::minted_now) {
    const auto checked = actors::check_status_signer({{one.certificate}, one.key}, at);
    return checked ? std::string_view{"good"} : name(checked.error().code);
  };
  CHECK(check(status_signer()) == "good");
  CHECK(check(testing::mint(testing::leaf_content("x", std::string{crypto::eku::code_signing}),
                            status_ca()))
        == "malformed");
  CHECK(check(testing::mint(testing::leaf_content("x"), status_ca())) == "malformed");
  CHECK(check(status_ca()) == "malformed");
  CHECK(check(status_signer(), testing::minted_until) == "expired");
  const auto one = status_signer();
  CHECK(check({status_signer().key, one.certificate}) == "conflict");
}

TEST_CASE_FIXTURE(refresh_fixture,
                  "a manifest's status is asked once, and again at half its time") {
  const auto os = add("os", server);
  const auto app = add("app", server);
  add("free", "");
  run();
  REQUIRE(asked.size() == 1);
  auto hashes = asked[0].manifest_hashes;
  std::ranges::sort(hashes);
  CHECK(hashes == std::vector<std::string>{std::min(os, app), std::max(os, app)});
  REQUIRE(refresh.answers().size() == 1);
  CHECK(refresh.answers().begin()->second.name == server);
  now += 29min;
  run();
  CHECK(asked.size() == 1);
  now += 1min;
  run();
  CHECK(asked.size() == 2);
  REQUIRE(refresh.answers().size() == 1);
  CHECK(refresh.answers().begin()->second.version == now);
}

TEST_CASE_FIXTURE(refresh_fixture, "a manifest that came is asked about at once") {
  add("os", server);
  run();
  add("app", server);
  run();
  CHECK(asked.size() == 2);
  CHECK(asked.back().manifest_hashes.size() == 2);
}

TEST_CASE_FIXTURE(refresh_fixture, "a server that the configuration does not name is never asked") {
  add("os", "https://evil.example/omsp");
  run();
  run();
  CHECK(asked.empty());
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("https://evil.example/omsp: os names it") != std::string::npos);
}

TEST_CASE_FIXTURE(refresh_fixture,
                  "an old answer stays while the server is away or talks nonsense") {
  const auto os = add("os", server);
  run();
  const auto before = refresh.answers().begin()->first;
  const std::function<result<bytes>(const report::status_request&)> bad[]
    = {[](const auto&) -> result<bytes> {
         return error{errc::unavailable, "away"};
       },
       [](const auto&) -> result<bytes> { return to_bytes("nonsense"); },
       [this](const auto& request) { return respond(request, "https://other.example"); },
       [this](const auto&) {
         return respond({"3.3.0", {"00"}, encoding::json}, server);
       },
       [](const auto&) -> result<bytes> {
         return sign_metadata(small_manifest(server, "2026-07-01T00:00:00Z"), encoding::json);
       },
       [this](const auto& request) {
         now -= 24h;
         auto old = respond(request, server);
         now += 24h;
         return old;
       }};
  for (const auto& each : bad) {
    answer = each;
    now += 31min;
    const auto noted = notes.size();
    run();
    CHECK(notes.size() == noted + 1);
    REQUIRE(refresh.answers().size() == 1);
    CHECK(refresh.answers().begin()->first == before);
  }
}

TEST_CASE_FIXTURE(refresh_fixture, "answers outlive a restart, and go with the manifests") {
  add("os", server);
  run();
  const auto reloaded = std::make_shared<actors::metadata_cache>(folder.path(), note);
  reloaded->load();
  CHECK(reloaded->items().size() == 1);
  manifests.clear();
  run();
  CHECK(refresh.answers().empty());
}

TEST_CASE_FIXTURE(refresh_fixture, "a server is asked in the encoding of its manifests") {
  add("os", server, encoding::cbor);
  run();
  CHECK(asked[0].encoded_as == encoding::cbor);
}

TEST_SUITE_END();
