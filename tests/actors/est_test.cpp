#include "actors/est.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/files/files.hpp"
#include "shared/protocol/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/ek_vendor.hpp"
#include "tests/support/signed_metadata.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

using namespace troth;
using testing::ek_vendor;

namespace {

struct est_fixture : testing::actor_fixture {
  testing::temporary_folder folder;
  std::vector<std::string> notes;
  std::vector<std::string> told;
  ek_vendor vendor;
  protocol::est_actor est = start();

  ~est_fixture() {
    caf::anon_send_exit(est, caf::exit_reason::kill);
    scheduler.run();
  }

  protocol::est_actor start() {
    const auto note = [this](const std::string& what) { notes.push_back(what); };
    const auto tell = [this](std::string_view what, std::string_view code,
                             const protocol::request_context& of) {
      told.push_back(std::string{what} + ' ' + std::string{code} + ' ' + of.id + ' ' + of.trace);
    };
    const auto random = [](std::size_t n) { return result<bytes>{bytes(n, 3)}; };
    const auto ca_key = *crypto::private_key::generate(crypto::key_kind::p256);
    const auto ca = *crypto::self_sign(ek_vendor::ca_content("AK CA"), ca_key);
    std::filesystem::create_directory(folder.path() / "metadata");
    return actors::spawn_est_shared(
      system, {{protocol::protocol_major, 0, "est", "est", "test"}, {"driver", "prover"}, {}, tell},
      {std::make_shared<actors::enrolment_authority>(
         actors::authority_keys{vendor.certificates(), {ca}, ca_key},
         actors::enrolment_registry{folder.path() / "enrolled"},
         actors::enrolment_authority::ports{[] { return ek_vendor::now; }, random}),
       std::make_shared<actors::metadata_shelf>(folder.path() / "metadata", folder.path() / "kept",
                                                note),
       random, note});
  }

  template <class Answer, class... Ts>
  result<Answer> answer_to(const Ts&... xs) {
    result<Answer> out = error{errc::internal, "no answer"};
    const auto response = [&] {
      if constexpr (std::is_same_v<Answer, protocol::readiness>)
        return ask(est, xs...);
      else
        return ask(est, xs..., testing::somebody);
    };
    response().receive([&](const Answer& a) { out = a; },
                       [&](const caf::error& e) { out = protocol::from_caf(e).value(); });
    return out;
  }

  protocol::enrol_request request(const std::string& name) const {
    const auto ek = vendor.make();
    const auto ak
      = ek_vendor::area_of(crypto::private_key::generate(crypto::key_kind::p256)->public_half());
    return {name, protocol::to_blob(ek.certificate.der()), protocol::to_blob(ek.area.marshalled()),
            protocol::to_blob(ak.marshalled())};
  }
};

} // namespace

TEST_SUITE_BEGIN("actors/est");

TEST_CASE_FIXTURE(est_fixture, "an enrolment is answered, and noted by its name") {
  const auto answer = answer_to<protocol::enrol_response>(protocol::enrol_atom::value,
                                                          request("a"));
  REQUIRE(answer);
  CHECK(!answer->sealed_certificates.empty());
  CHECK(notes == std::vector<std::string>{"certified a key of a"});
  CHECK(told == std::vector<std::string>{"enrol ok id trace"});
}

TEST_CASE_FIXTURE(est_fixture, "a refused enrolment keeps its code") {
  REQUIRE(answer_to<protocol::enrol_response>(protocol::enrol_atom::value, request("a")));
  const auto again = answer_to<protocol::enrol_response>(protocol::enrol_atom::value, request("a"));
  REQUIRE(!again);
  CHECK(again.error().code == errc::conflict);
  CHECK(notes.back().starts_with("refused to certify a key of a: conflict: "));
}

TEST_CASE_FIXTURE(est_fixture,
                  "metadata is listed as it lies in the folder now, and given by digest") {
  using entries = std::vector<protocol::metadata_entry>;
  const auto none = answer_to<entries>(protocol::metadata_atom::value);
  REQUIRE(none);
  CHECK(none->empty());

  const auto item = testing::sign_metadata(testing::small_manifest("os", "2026-01-01T00:00:00Z"),
                                           report::encoding::json);
  REQUIRE(files::write(folder.path() / "metadata" / "os.json", item, files::access::everyone));
  const auto listed = answer_to<entries>(protocol::metadata_atom::value);
  REQUIRE(listed);
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().name == "os");
  CHECK(listed->front().media_type == "application/jose+json");
  CHECK(listed->front().size_bytes == item.size());
  CHECK(listed->front().digest == hex(crypto::hash(hash_algorithm::sha256, item).view()));
  const auto given = answer_to<protocol::payload>(protocol::metadata_atom::value,
                                                  listed->front().digest);
  REQUIRE(given);
  CHECK(protocol::to_bytes(given->body) == item);

  const auto unknown = answer_to<protocol::payload>(protocol::metadata_atom::value,
                                                    std::string{"../est.json"});
  REQUIRE(!unknown);
  CHECK(unknown.error().code == errc::not_found);
  CHECK(told.front() == "metadata ok id trace");
  CHECK(told.back() == "metadata not_found id trace");
}

TEST_CASE_FIXTURE(est_fixture, "metadata is added, set aside and erased, and that outlives it") {
  using entries = std::vector<protocol::metadata_entry>;
  namespace action = protocol::metadata_action;
  const auto manage = [&](const char* what, const std::string& digest, const bytes& item = {}) {
    return answer_to<protocol::payload>(
      protocol::metadata_atom::value,
      protocol::metadata_request{
        what, digest, {"", protocol::to_blob(item), {}, item.size()}, "me"});
  };
  const auto code = [&](const char* what, const std::string& digest, const bytes& item = {}) {
    const auto done = manage(what, digest, item);
    return done ? errc{} : done.error().code;
  };
  const auto handed_out = [&] {
    return answer_to<entries>(protocol::metadata_atom::value)->size();
  };
  const auto signed_item = [](const std::string& name) {
    return testing::sign_metadata(testing::small_manifest(name, "2026-01-01T00:00:00Z"),
                                  report::encoding::cbor);
  };
  const auto item = signed_item("os");
  const auto digest = hex(crypto::hash(hash_algorithm::sha256, item).view());
  CHECK(code(action::add, "", to_bytes("{}")) == errc::missing);
  const auto listed = manage(action::add, "", item);
  REQUIRE(listed);
  CHECK(listed->body
        == R"({"items":[{"digest":")" + digest
             + R"(","kind":"Manifest","name":"os","version":"2026-01-01T00:00:00Z",)"
             + R"("mediaType":"application/cose; cose-type=\"cose-sign\"","sizeBytes":)"
             + std::to_string(item.size()) + R"(,"active":true,"source":"api"}]})");
  CHECK(notes.back() == "metadata : add by me: ok");
  CHECK(code(action::add, "", item) == errc{}); // the same once more
  CHECK(handed_out() == 1);
  CHECK(code(action::deactivate, digest) == errc{});
  CHECK(handed_out() == 0);
  CHECK(answer_to<protocol::payload>(protocol::metadata_atom::value, digest).error().code
        == errc::not_found);
  CHECK(protocol::to_bytes(manage(action::get, digest)->body) == item);
  caf::anon_send_exit(est, caf::exit_reason::kill);
  scheduler.run();
  est = start(); // again
  CHECK(handed_out() == 0);
  CHECK(code(action::activate, digest) == errc{});
  CHECK(handed_out() == 1);
  CHECK(code(action::erase, digest) == errc{});
  CHECK(handed_out() == 0);

  const auto other = signed_item("of the folder");
  REQUIRE(files::write(folder.path() / "metadata" / "x", other, files::access::everyone));
  const auto of_folder = hex(crypto::hash(hash_algorithm::sha256, other).view());
  CHECK(code(action::deactivate, of_folder) == errc{});
  CHECK(handed_out() == 0);
  CHECK(code(action::erase, of_folder) == errc::conflict);
  for (const auto* what : {action::get, action::activate, action::deactivate, action::erase})
    for (const auto& none : {digest, std::string{"../metadata/x"}, std::string{}})
      CHECK(code(what, none) == errc::not_found);
  CHECK(code("burn", of_folder) == errc::unsupported);
}

TEST_CASE_FIXTURE(est_fixture, "a metadata folder that is gone is said, and certifying goes on") {
  CHECK(answer_to<protocol::readiness>(protocol::ready_atom::value)->is_ready);
  std::filesystem::remove_all(folder.path() / "metadata");
  const auto ready = answer_to<protocol::readiness>(protocol::ready_atom::value);
  REQUIRE(ready);
  CHECK(!ready->is_ready);
  CHECK(ready->reasons.starts_with("metadata: not_found: "));
  CHECK(answer_to<protocol::enrol_response>(protocol::enrol_atom::value, request("b")));
}

TEST_SUITE_END();
