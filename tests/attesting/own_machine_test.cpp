#include "shared/attesting/own_machine.hpp"

#include "shared/device/sw_anchor.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;

namespace {

const attesting::report_wish wish{bytes(32, 5), report::encoding::cbor, {}};

/// An anchor that is away.
struct absent_anchor : device::anchor {
  result<report::collateral> collateral() override { return error{errc::io, "the device"}; }
  result<report::evidence> evidence(byte_view) override { return error{errc::io, "the device"}; }
  result<void> check() override { return error{errc::io, "the device"}; }
  result<std::optional<device::certification_request>>
  wanted_certification(device::renewal) override {
    return std::optional<device::certification_request>{};
  }
  result<void> certify(const device::certification&) override { return {}; }
};

} // namespace

TEST_SUITE_BEGIN("attesting/own_machine");

TEST_CASE("a report is made where it is asked for") {
  const temporary_folder folder;
  attesting::own_machine machine{"here", {*device::make_sw_anchor(folder.path())}, {}};
  const auto made = machine.report(wish);
  REQUIRE(made);
  const auto read = report::parse_report(*made);
  REQUIRE(read);
  CHECK(read->name == "here");
  CHECK(read->claims.nonce == wish.nonce);
  REQUIRE(read->evidences.size() == 1);
  CHECK(read->evidences[0].type == report::sw_evidence);
}

TEST_CASE("an anchor that is away is named") {
  attesting::own_machine machine{"here", {std::make_shared<absent_anchor>()}, {}};
  const auto made = machine.report(wish);
  REQUIRE(!made);
  CHECK(made.error().code == errc::unavailable);
  CHECK(made.error().where == "anchor 0: io: the device");
}

TEST_CASE("metadata that cannot be looked through is no report without it") {
  const temporary_folder folder;
  attesting::own_machine machine{"here",
                                 {*device::make_sw_anchor(folder.path())},
                                 folder.path() / "absent"};
  const auto made = machine.report(wish);
  REQUIRE(!made);
  CHECK(made.error().code == errc::not_found);
}

TEST_SUITE_END();
