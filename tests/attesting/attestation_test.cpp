#include "shared/attesting/attestation.hpp"

#include "shared/crypto/hash.hpp"

#include <doctest/doctest.h>

using namespace troth;

namespace {

using attesting::attestation;

/// Drivers that answer as the test says, and what they were asked.
struct attestation_fixture {
  struct driver {
    attesting::attesting_driver is;
    std::vector<error> collateral_failures{}; ///< Of the first tries.
    std::vector<error> evidence_failures{};
    int asked_collateral = 0;
    int asked_evidence = 0;
    bytes nonce{};
  };

  std::vector<driver> drivers{{{"tpm", false}}, {{"sw", true}}};
  attesting::metadata_set metadata;
  attesting::report_wish wish{bytes(8, 5), report::encoding::cbor, {}};
  result<bytes> outcome = error{errc::internal, "no answer"};

  template <class T>
  static result<std::vector<T>> answer(std::vector<error>& failures, T value) {
    if (failures.empty())
      return std::vector{std::move(value)};
    auto why = std::move(failures.front());
    failures.erase(failures.begin());
    return why;
  }

  /// Runs one; the answers of a round come when all were asked, the last driver's first.
  void run() {
    std::vector<std::function<void()>> answers;
    std::vector<attesting::attesting_driver> asked;
    for (const auto& each : drivers)
      asked.push_back(each.is);
    attestation::questions ask{
      [&](std::size_t i, auto then) {
        ++drivers[i].asked_collateral;
        answers.push_back([this, i, then] {
          then(answer(drivers[i].collateral_failures,
                      report::collateral{drivers[i].is.name, {}, {}, {}}));
        });
      },
      [&](std::size_t i, const bytes& nonce, auto then) {
        ++drivers[i].asked_evidence;
        drivers[i].nonce = nonce;
        answers.push_back([this, i, then] {
          then(answer(drivers[i].evidence_failures,
                      report::evidence{drivers[i].is.name, to_bytes("signed"), {}, {}}));
        });
      }};
    auto one = std::make_unique<attestation>(wish, "machine", asked,
                                             attesting::metadata_sets{&metadata}, ask);
    one->run([&](result<bytes> done) {
      outcome = std::move(done);
      one.reset();
    });
    while (!answers.empty()) {
      auto last = std::move(answers.back());
      answers.pop_back();
      last();
    }
    CHECK(!one);
  }

  report::report made() {
    REQUIRE_MESSAGE(outcome, outcome.error().where);
    auto out = report::parse_report(*outcome);
    REQUIRE(out);
    return *std::move(out);
  }
};

} // namespace

TEST_SUITE_BEGIN("attesting/attestation");

TEST_CASE_FIXTURE(
  attestation_fixture,
  "evidence is over the hash of the context, which has the nonce and all collateral") {
  for (const auto encoded_as : {report::encoding::cbor, report::encoding::json}) {
    wish.encoded_as = encoded_as;
    run();
    const auto report = made();
    CHECK(report.encoded_as == encoded_as);
    CHECK(report.name == "machine");
    CHECK(report.claims.nonce == bytes(8, 5));
    REQUIRE(report.claims.collaterals.size() == 2);
    CHECK(report.claims.collaterals[0].type == "tpm");
    CHECK(report.claims.collaterals[1].type == "sw");
    REQUIRE(report.evidences.size() == 2);
    CHECK(report.evidences[0].type == "tpm");
    const auto hash = crypto::hash(hash_algorithm::sha256, report.context_bytes);
    CHECK(drivers[0].nonce == copy(hash.view()));
    CHECK(drivers[1].nonce == copy(hash.view()));
  }
}

TEST_CASE_FIXTURE(attestation_fixture,
                  "a machine that measured meanwhile is asked for both again, three times in all") {
  const error moved{errc::conflict, "moved on"};
  drivers[0].evidence_failures = {moved, moved};
  run();
  made();
  CHECK(drivers[0].asked_collateral == 3);
  CHECK(drivers[1].asked_collateral == 3);
  drivers[0].evidence_failures = {moved, moved, moved};
  drivers[0].asked_collateral = 0;
  run();
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::unavailable);
  CHECK(drivers[0].asked_collateral == 3);
}

TEST_CASE_FIXTURE(attestation_fixture,
                  "a needed driver that is away is named, and there is no report") {
  drivers[0].collateral_failures = {{errc::timeout, "no answer"}};
  run();
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::unavailable);
  CHECK(outcome.error().where == "tpm: timeout: no answer");
  drivers[0].evidence_failures = {{errc::unavailable, "lost"}};
  run();
  REQUIRE(!outcome);
  CHECK(outcome.error().where == "tpm: unavailable: lost");
}

TEST_CASE_FIXTURE(attestation_fixture, "an optional driver that is away is left out") {
  drivers[1].collateral_failures = {{errc::timeout, "no answer"}};
  run();
  CHECK(made().claims.collaterals.size() == 1);
  CHECK(drivers[1].asked_evidence == 0);
}

TEST_CASE_FIXTURE(attestation_fixture,
                  "an optional driver lost between leaves no collateral behind") {
  drivers[1].evidence_failures = {{errc::unavailable, "lost"}};
  run();
  const auto report = made();
  CHECK(report.claims.collaterals.size() == 1);
  CHECK(report.evidences.size() == 1);
  CHECK(drivers[0].asked_collateral == 2);
}

TEST_CASE_FIXTURE(attestation_fixture, "without any evidence there is no report") {
  drivers[0].is.is_optional = true;
  drivers[0].collateral_failures = {{errc::timeout, "no answer"}};
  drivers[1].evidence_failures = {{errc::timeout, "no answer"}};
  run();
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::unavailable);
  drivers.clear();
  run();
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::unavailable);
}

TEST_CASE("a wish has a nonce of 8 to 64 bytes and an encoding that we write") {
  const auto read = [](std::size_t size, const char* encoding) {
    return attesting::read_wish(bytes(size, 1), encoding, {});
  };
  CHECK(read(8, "json"));
  CHECK(read(64, "cbor"));
  CHECK(read(7, "json").error().code == errc::malformed);
  CHECK(read(65, "json").error().code == errc::malformed);
  CHECK(read(8, "xml").error().code == errc::malformed);
  CHECK(attesting::read_wish(bytes(8, 1), "json", std::vector<std::string>(257)).error().code
        == errc::too_large);
}

TEST_SUITE_END();
