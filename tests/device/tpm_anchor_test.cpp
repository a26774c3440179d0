#include "shared/device/tpm_anchor.hpp"

#include "shared/crypto/issue.hpp"
#include "shared/crypto/seal.hpp"
#include "shared/device/attestation_key_store.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/evidence/tpm/quote.hpp"
#include "tests/support/fake_tpm.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace troth;

namespace {

constexpr auto day = std::chrono::hours{24};
constexpr time_point start{day * 365 * 50};

/// An anchor in a world of fakes.
struct anchor_fixture {
  testing::temporary_folder folder;
  testing::fake_tpm_state tpm;
  device::measurement_logs logs;
  time_point now = start;
  std::vector<std::string> notes;
  std::function<void()> when_logs_are_read = [] {};
  crypto::private_key ca_key = *crypto::private_key::generate(crypto::key_kind::p256);
  crypto::certificate ca = *crypto::self_sign(ca_content(), ca_key);
  std::unique_ptr<device::anchor> anchor = make();

  std::unique_ptr<device::anchor>
  make(device::key_algorithm algorithm = device::key_algorithm::ecc_p256) {
    device::tpm_choices chosen;
    chosen.algorithm = algorithm;
    chosen.pcrs = {hash_algorithm::sha256, {0, 10, 11}};
    chosen.state = folder.path();
    chosen.container_pcr = 11;
    device::tpm_anchor_ports ports{
      [this]() -> result<std::unique_ptr<device::tpm>> {
        if (!tpm.is_on)
          return error{errc::io, "fake TPM is off"};
        return std::unique_ptr<device::tpm>{std::make_unique<testing::fake_tpm>(tpm)};
      },
      [this]() -> result<device::measurement_logs> {
        when_logs_are_read();
        return logs;
      },
      [this] { return now; },
      [this](const std::string& what) { notes.push_back(what); },
    };
    return *device::make_tpm_anchor(std::move(chosen), std::move(ports));
  }

  static crypto::certificate_content ca_content() {
    crypto::certificate_content out;
    out.subject.common_name = "AK CA";
    out.ca.emplace();
    out.key_usages = {crypto::key_usage::certificate_sign};
    out.not_before = start - day;
    out.not_after = start + 1000 * day;
    return out;
  }

  static crypto::certificate_content ak_content() {
    crypto::certificate_content out;
    out.subject.common_name = "machine TPM AK";
    out.extended_key_usages = {std::string{crypto::eku::tpm_ak}};
    out.not_before = start;
    out.not_after = start + 90 * day;
    return out;
  }

  /// What an EST server answers.
  device::certification certification_of(const crypto::certificate_content& content,
                                         const crypto::public_key& key) const {
    const auto leaf = *crypto::issue(content, key, ca, ca_key);
    crypto::seal_key secret;
    std::ranges::copy(tpm.secret, secret.begin());
    const auto area = *device::attestation_key_store{folder.path()}.key();
    const auto name = endorsement::name_of(*evidence::tpm::parse_public_area(area.public_area));
    return {{}, {}, *crypto::seal(secret, to_bytes(leaf.pem() + ca.pem()), name)};
  }

  bool wants_certification() {
    const auto wanted = anchor->wanted_certification(device::renewal::when_due);
    REQUIRE(wanted);
    return wanted->has_value();
  }

  void certify() {
    REQUIRE(wants_certification());
    REQUIRE(anchor->certify(certification_of(ak_content(), tpm.key.public_half())));
  }

  /// An entry of the IMA list, and whether the TPM knows of it.
  void measure(std::uint8_t what, bool extend = true) {
    const auto digest = crypto::hash(hash_algorithm::sha256, bytes{what});
    bytes data{40, 0, 0, 0, 's', 'h', 'a', '2', '5', '6', ':', 0};
    data.insert(data.end(), digest.view().begin(), digest.view().end());
    data.insert(data.end(), {3, 0, 0, 0, '/', 'x', 0});
    const auto template_hash = crypto::hash(hash_algorithm::sha1, data);
    bytes entry{10, 0, 0, 0};
    entry.insert(entry.end(), template_hash.view().begin(), template_hash.view().end());
    entry.insert(entry.end(), {6, 0, 0, 0, 'i', 'm', 'a', '-', 'n', 'g'});
    entry.insert(entry.end(), {static_cast<std::uint8_t>(data.size()), 0, 0, 0});
    entry.insert(entry.end(), data.begin(), data.end());
    if (!logs.ima)
      logs.ima.emplace();
    logs.ima->insert(logs.ima->end(), entry.begin(), entry.end());
    if (extend)
      crypto::extend(tpm.pcrs[10], crypto::hash(hash_algorithm::sha256, data).view());
  }
};

errc code_of(const auto& failed) {
  REQUIRE(!failed);
  return failed.error().code;
}

} // namespace

TEST_SUITE_BEGIN("device/tpm_anchor");

TEST_CASE_FIXTURE(anchor_fixture, "an anchor without a certificate says so and asks for one") {
  CHECK(code_of(anchor->collateral()) == errc::unavailable);
  CHECK(code_of(anchor->check()) == errc::unavailable);
  const auto wanted = anchor->wanted_certification(device::renewal::when_due);
  REQUIRE(wanted);
  REQUIRE(*wanted);
  CHECK((*wanted)->ek_certificate == tpm.endorsement.certificate);
  CHECK((*wanted)->ek_public == tpm.endorsement.public_area);
  CHECK(
    endorsement::check_attestation_key(*evidence::tpm::parse_public_area((*wanted)->ak_public)));
}

TEST_CASE_FIXTURE(anchor_fixture, "a certified anchor gives its chain, its logs and a quote") {
  certify();
  CHECK(anchor->check());
  measure(1);
  const auto collateral = anchor->collateral();
  REQUIRE(collateral);
  CHECK(collateral->type == report::tpm_evidence);
  REQUIRE(collateral->certificates.size() == 2);
  CHECK(collateral->certificates[1] == ca.der());
  REQUIRE(collateral->artifacts.size() == 3);
  CHECK(collateral->artifacts[0].index == 0);
  CHECK(collateral->artifacts[0].events.empty()); // no boot log, and nothing in PCR 0
  CHECK(collateral->artifacts[0].type == report::artifact_pcr_eventlog);
  CHECK(collateral->artifacts[1].index == 10);
  CHECK(collateral->artifacts[1].events.size() == 1);
  const auto evidence = anchor->evidence(bytes(32, 7));
  REQUIRE(evidence);
  CHECK(evidence->type == report::tpm_evidence);
  const auto quote = evidence::tpm::parse_quote(evidence->body);
  REQUIRE(quote);
  CHECK(quote->extra_data == bytes(32, 7));
  CHECK(evidence->signature.size() == 72);
}

TEST_CASE_FIXTURE(anchor_fixture, "a container is in the log of its register, and quoted with it") {
  certify();
  report::component container;
  container.name = "a container";
  container.container = report::container_data{bytes(32, 1), bytes(32, 2), {}};
  REQUIRE(anchor->collateral());
  const auto event = anchor->measure(container);
  REQUIRE(event);
  CHECK(code_of(anchor->evidence(bytes(8))) == errc::conflict);
  const auto collateral = anchor->collateral();
  REQUIRE(collateral);
  CHECK(collateral->artifacts[2].index == 11);
  CHECK(collateral->artifacts[2].events == std::vector{*event});
  CHECK(anchor->evidence(bytes(8)));
  crypto::extend(tpm.pcrs[11], bytes(32, 7)); // somebody else
  anchor = make();
  CHECK(anchor->collateral()); // for verifiers to judge
  CHECK(code_of(anchor->check()) == errc::conflict);
}

TEST_CASE_FIXTURE(anchor_fixture, "a certified key is certified again when that is wanted now") {
  certify();
  CHECK(!*anchor->wanted_certification(device::renewal::when_due));
  CHECK(*anchor->wanted_certification(device::renewal::now));
}

TEST_CASE_FIXTURE(anchor_fixture, "a register that no log can be read for gives its value") {
  certify();
  tpm.pcrs[0].bytes_mut()[0] = 1;
  logs.ima = to_bytes("no IMA list");
  tpm.pcrs[10].bytes_mut()[0] = 2;
  const auto collateral = anchor->collateral();
  REQUIRE(collateral);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(collateral->artifacts[i].type == report::artifact_pcr_summary);
    REQUIRE(collateral->artifacts[i].events.size() == 1);
    CHECK(collateral->artifacts[i].events[0].hashes == std::vector{tpm.pcrs[i == 0 ? 0 : 10]});
  }
  CHECK(notes.back().starts_with("a log is left out: "));
  CHECK(anchor->evidence(bytes(8)));
}

TEST_CASE_FIXTURE(anchor_fixture,
                  "a register that moves on after its log was taken is a conflict") {
  certify();
  measure(1);
  REQUIRE(anchor->collateral());
  measure(2);
  CHECK(code_of(anchor->evidence(bytes(8))) == errc::conflict);
  REQUIRE(anchor->collateral());
  CHECK(anchor->evidence(bytes(8)));
}

TEST_CASE_FIXTURE(anchor_fixture,
                  "a log ahead of its register fits once the register has followed") {
  certify();
  measure(1, false);
  const auto before = tpm.pcrs[10];
  REQUIRE(anchor->collateral());
  CHECK(anchor->evidence(bytes(8))); // held what it held when the log was taken
  logs.ima.reset();
  measure(1);
  CHECK(tpm.pcrs[10] != before);
  CHECK(anchor->evidence(bytes(8)));
}

TEST_CASE_FIXTURE(anchor_fixture, "a log that grows while it is read is read again") {
  certify();
  int readings = 0;
  when_logs_are_read = [&] {
    if (++readings == 1) { // the register is read after the log: it has what the log has not
      measure(1);
      logs.ima->clear();
    } else if (readings == 2) {
      logs.ima.reset();
      tpm.pcrs[10] = digest{hash_algorithm::sha256};
      measure(1);
    }
  };
  const auto collateral = anchor->collateral();
  REQUIRE(collateral);
  CHECK(readings == 2);
  CHECK(collateral->artifacts[1].events.size() == 1);
}

TEST_CASE_FIXTURE(anchor_fixture, "what was extended and not logged is the verifier's to judge") {
  certify();
  measure(1);
  tpm.pcrs[10].bytes_mut()[0] ^= 1;
  REQUIRE(anchor->collateral());
  CHECK(notes.back() == "the registers are not what the logs lead to");
  CHECK(anchor->evidence(bytes(8)));
}

TEST_CASE_FIXTURE(anchor_fixture, "evidence without a look at the logs is a conflict") {
  certify();
  CHECK(code_of(anchor->evidence(bytes(8))) == errc::conflict);
}

TEST_CASE_FIXTURE(anchor_fixture, "a nonce of no size, or over 64 bytes, is malformed") {
  certify();
  REQUIRE(anchor->collateral());
  CHECK(code_of(anchor->evidence({})) == errc::malformed);
  CHECK(code_of(anchor->evidence(bytes(65))) == errc::malformed);
  CHECK(anchor->evidence(bytes(64)));
}

TEST_CASE_FIXTURE(anchor_fixture,
                  "key and certificate serve the next start; nothing is wanted then") {
  certify();
  anchor = make();
  CHECK(anchor->collateral());
  CHECK(!wants_certification());
  CHECK(tpm.made_keys == 1);
}

TEST_CASE_FIXTURE(anchor_fixture,
                  "a certificate is renewed at two thirds of its life, and of no use after it") {
  certify();
  now = start + 59 * day;
  CHECK(!wants_certification());
  now = start + 61 * day;
  CHECK(wants_certification());
  CHECK(anchor->collateral());
  now = start + 91 * day;
  CHECK(code_of(anchor->collateral()) == errc::unavailable);
}

TEST_CASE_FIXTURE(anchor_fixture,
                  "a cleared TPM, and another algorithm, take a new key and certificate") {
  certify();
  tpm.seed = "another";
  anchor = make();
  CHECK(code_of(anchor->collateral()) == errc::unavailable);
  CHECK(tpm.made_keys == 2);
  CHECK(wants_certification());
  certify();
  anchor = make(device::key_algorithm::rsa_2048);
  CHECK(code_of(anchor->collateral()) == errc::unavailable);
  CHECK(tpm.made_keys == 3);
}

TEST_CASE_FIXTURE(anchor_fixture, "a TPM that was off and on again is opened anew") {
  certify();
  REQUIRE(anchor->collateral());
  tpm.is_on = false;
  CHECK(code_of(anchor->evidence(bytes(8))) == errc::io);
  CHECK(code_of(anchor->check()) == errc::io);
  tpm.is_on = true;
  const auto opened = tpm.opened;
  CHECK(anchor->evidence(bytes(8)));
  CHECK(tpm.opened == opened + 1);
}

TEST_CASE_FIXTURE(
  anchor_fixture,
  "a certificate of another key, of another role or sealed for another is refused") {
  REQUIRE(wants_certification());
  const auto other = crypto::private_key::generate(crypto::key_kind::p256);
  CHECK(code_of(anchor->certify(certification_of(ak_content(), other->public_half())))
        == errc::malformed);
  auto content = ak_content();
  content.extended_key_usages = {std::string{crypto::eku::client_auth}};
  CHECK(code_of(anchor->certify(certification_of(content, tpm.key.public_half())))
        == errc::malformed);
  auto changed = certification_of(ak_content(), tpm.key.public_half());
  changed.sealed_certificates.back() ^= 1;
  CHECK(code_of(anchor->certify(changed)) == errc::bad_signature);
  const auto good = certification_of(ak_content(), tpm.key.public_half());
  tpm.secret[0] ^= 1;
  CHECK(code_of(anchor->certify(good)) == errc::bad_signature);
  tpm.secret.resize(31);
  CHECK(code_of(anchor->certify(good)) == errc::malformed);
  CHECK(code_of(anchor->collateral()) == errc::unavailable);
}

TEST_CASE("a selection that is empty, unordered or of no register is refused") {
  const auto make = [](std::vector<std::uint32_t> pcrs) {
    return device::make_tpm_anchor({{}, {hash_algorithm::sha256, std::move(pcrs)}, {}}, {});
  };
  CHECK(code_of(make({})) == errc::missing);
  CHECK(code_of(make({1, 0})) == errc::malformed);
  CHECK(code_of(make({1, 1})) == errc::malformed);
  CHECK(code_of(make({24})) == errc::malformed);
  CHECK(make({0, 23}));
}

TEST_CASE_FIXTURE(anchor_fixture,
                  "a TLS key is made, certified and used, once the anchor's own is") {
  const auto key = anchor->make_tls_key(crypto::key_kind::p256);
  REQUIRE(key);
  CHECK(code_of(anchor->certify_tls_key(*key, bytes(32))) == errc::unavailable);
  certify();
  const auto said = anchor->certify_tls_key(*key, bytes(32, 7));
  REQUIRE(said);
  CHECK(said->attest == bytes(32, 7));
  CHECK(to_text(said->signature) == "by the AK");
  const auto what = crypto::hash(hash_algorithm::sha256, to_bytes("a handshake"));
  const auto signature = anchor->sign(*key, what);
  REQUIRE(signature);
  CHECK(code_of(anchor->make_tls_key(crypto::key_kind::rsa3072)) == errc::unsupported);
  CHECK(code_of(anchor->certify_tls_key(*key, bytes{})) == errc::malformed);
  CHECK(code_of(anchor->certify_tls_key(*key, bytes(65))) == errc::malformed);
}

TEST_CASE_FIXTURE(anchor_fixture, "a TLS key outlives a lost TPM, and not one that was cleared") {
  certify();
  const auto key = anchor->make_tls_key(crypto::key_kind::p256);
  REQUIRE(key);
  const auto what = crypto::hash(hash_algorithm::sha256, to_bytes("a handshake"));
  CHECK(anchor->sign(*key, what));
  tpm.is_on = false;
  CHECK(code_of(anchor->sign(*key, what)) == errc::io);
  tpm.is_on = true;
  CHECK(anchor->sign(*key, what));
  tpm.seed = "another";
  CHECK(code_of(anchor->sign(*key, what)) == errc::conflict);
  CHECK(code_of(anchor->certify_tls_key(*key, bytes(32))) == errc::conflict);
}

TEST_SUITE_END();
