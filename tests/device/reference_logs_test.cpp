#include "shared/device/logs.hpp"
#include "tests/support/vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troth;

namespace {

/// Without what the reference does not have, and what it words differently: the description of
/// a boot event is for people.
report::component comparable(report::component from) {
  std::erase_if(from.properties,
                [](const report::property& each) { return each.name == report::property_raw; });
  if (from.name.starts_with("EV_"))
    from.description.clear();
  return from;
}

} // namespace

TEST_SUITE_BEGIN("device/reference_logs");

TEST_CASE("logs become the artifacts that the reference made of the same logs") {
  if (!testing::vectors_folder())
    return testing::skip_without_vectors(1);
  const auto boot
    = testing::read_vector("cmc-reports/logs/binary_bios_measurements.ubuntu2404-sevsnp.bin");
  const auto ima = testing::read_vector("cmc-reports/logs/binary_runtime_measurements.ima200.bin");
  const auto recorded
    = testing::read_vector("cmc-reports/tpm-eventlog-cbor/attestation-report.cbor");
  REQUIRE(boot);
  REQUIRE(ima);
  REQUIRE(recorded);
  const auto report = report::parse_report(*recorded);
  REQUIRE(report);
  const auto& expected = report->claims.collaterals.at(0).artifacts;

  device::pcr_set pcrs{hash_algorithm::sha256, {}};
  for (const auto& each : expected)
    pcrs.indices.push_back(static_cast<std::uint32_t>(each.index));
  const std::vector<digest> values(pcrs.indices.size(), digest{hash_algorithm::sha256});
  const auto converted = device::convert({*boot, *ima}, pcrs, values,
                                         endorsement::ima_extend::hashed);
  CHECK(converted.unreadable.empty());
  REQUIRE(converted.registers.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& got = converted.registers[i].artifact;
    CHECK(got.type == expected[i].type);
    CHECK(got.index == expected[i].index);
    REQUIRE(got.events.size() == expected[i].events.size());
    for (std::size_t k = 0; k < got.events.size(); ++k)
      CHECK_MESSAGE(comparable(got.events[k]) == comparable(expected[i].events[k]),
                    "PCR " << got.index << " event " << k);
  }
}

TEST_SUITE_END();
