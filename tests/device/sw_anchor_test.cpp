#include "shared/device/sw_anchor.hpp"

#include "shared/codec/jws.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/key.hpp"
#include "shared/evidence/sw/statement.hpp"
#include "shared/files/files.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace troth;

TEST_SUITE_BEGIN("device/sw_anchor");

TEST_CASE("evidence is the nonce, signed with the key of the collateral") {
  const testing::temporary_folder folder;
  const auto anchor = device::make_sw_anchor(folder.path());
  REQUIRE(anchor);
  const auto collateral = (*anchor)->collateral();
  REQUIRE(collateral);
  CHECK(collateral->type == "SW Evidence");
  CHECK(collateral->certificates.empty());
  CHECK(collateral->artifacts.empty());
  const auto evidence = (*anchor)->evidence(bytes(32, 9));
  REQUIRE(evidence);
  CHECK(evidence->type == "SW Evidence");
  CHECK(evidence->signature.empty());
  const auto text = to_text(evidence->body);
  CHECK(text.starts_with("{\"payload\":\""));
  CHECK(text.find("\"signatures\"") == std::string::npos); // the flattened form
  const auto message = codec::parse_jws(text);
  REQUIRE(message);
  const auto& signature = message->signatures.at(0);
  CHECK(signature.certificates.empty());
  const auto key = crypto::public_key::from_pem(to_text(collateral->key));
  REQUIRE(key);
  CHECK(key->verify(signature.algorithm, signature.signed_bytes, signature.signature));
  const auto statement = evidence::sw::parse_statement(message->payload);
  REQUIRE(statement);
  CHECK(statement->nonce == bytes(32, 9));
  CHECK(statement->log_aggregate == digest{hash_algorithm::sha256});
}

TEST_CASE("the key is made once, for its owner alone, and needs no certificate") {
  const testing::temporary_folder folder;
  const auto first = *device::make_sw_anchor(folder.path());
  const auto second = *device::make_sw_anchor(folder.path());
  CHECK(first->collateral().operator*().key == second->collateral().operator*().key);
  CHECK(std::filesystem::status(folder.path() / "sw_ak.pem").permissions()
        == std::filesystem::perms{0600});
  CHECK(first->check());
  const auto wanted = first->wanted_certification(device::renewal::when_due);
  REQUIRE(wanted);
  CHECK(!*wanted);
  CHECK(first->certify({}).error().code == errc::conflict);
}

TEST_CASE("a file that holds another key is malformed, and is left as it is") {
  const testing::temporary_folder folder;
  const auto other = crypto::private_key::generate(crypto::key_kind::p384)->pem();
  for (const auto& content : {other, std::string{"no key"}}) {
    REQUIRE(files::write(folder.path() / "sw_ak.pem", to_bytes(content), files::access::owner));
    CHECK(device::make_sw_anchor(folder.path()).error().code == errc::malformed);
    CHECK(to_text(*files::read(folder.path() / "sw_ak.pem", 10'000)) == content);
  }
}

TEST_CASE("a nonce of no size, or over 64 bytes, is malformed") {
  const testing::temporary_folder folder;
  const auto anchor = *device::make_sw_anchor(folder.path());
  CHECK(anchor->evidence({}).error().code == errc::malformed);
  CHECK(anchor->evidence(bytes(65)).error().code == errc::malformed);
}

TEST_CASE("containers are in the collateral's log, and the evidence is for that log alone") {
  const testing::temporary_folder folder;
  const auto anchor = *device::make_sw_anchor(folder.path(), "one");
  report::component container;
  container.name = "a container";
  container.container = report::container_data{bytes(32, 1), bytes(32, 2), {}};
  const auto event = anchor->measure(container);
  REQUIRE(event);
  REQUIRE(anchor->measure(container)); // is there once
  CHECK(anchor->evidence(bytes(32, 9)).error().code == errc::conflict);
  const auto collateral = anchor->collateral();
  REQUIRE(collateral);
  REQUIRE(collateral->artifacts.size() == 1);
  CHECK(collateral->artifacts[0].type == "SW Eventlog");
  CHECK(collateral->artifacts[0].events == std::vector{*event});
  const auto evidence = anchor->evidence(bytes(32, 9));
  REQUIRE(evidence);
  const auto message = codec::parse_jws(to_text(evidence->body));
  REQUIRE(message);
  digest expected{hash_algorithm::sha256};
  crypto::extend(expected, event->hashes.at(0).view());
  CHECK(evidence::sw::parse_statement(message->payload)->log_aggregate == expected);
  CHECK(anchor->measure({}).error().code == errc::missing);
  CHECK((*device::make_sw_anchor(folder.path(), "one"))->collateral()->artifacts.size() == 1);
  CHECK((*device::make_sw_anchor(folder.path(), "two"))->collateral()->artifacts.empty());
}

TEST_CASE("an anchor that is no TPM makes no TLS keys") {
  const testing::temporary_folder folder;
  const auto anchor = device::make_sw_anchor(folder.path());
  REQUIRE(anchor);
  CHECK((*anchor)->make_tls_key(crypto::key_kind::p256).error().code == errc::unsupported);
  CHECK((*anchor)->certify_tls_key({}, bytes(32)).error().code == errc::unsupported);
  CHECK((*anchor)->sign({}, digest{hash_algorithm::sha256}).error().code == errc::unsupported);
}

TEST_SUITE_END();
