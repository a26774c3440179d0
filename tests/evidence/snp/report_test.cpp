#include "shared/evidence/snp/report.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::snp;

namespace {

bytes repeat(std::uint8_t byte, std::size_t size) {
  return bytes(size, byte);
}

/// Written by hand from the table ATTESTATION_REPORT of AMD 56860; one line for each field.
bytes make_report(int version) {
  bytes out;
  const auto put = [&](const bytes& field) { out.insert(out.end(), field.begin(), field.end()); };
  put({static_cast<std::uint8_t>(version), 0, 0, 0}); // 000 version
  put("02000000"_hex);                                // 004 guest SVN
  put("3701030000000000"_hex);                        // 008 policy: ABI 1.55, SMT
  put(repeat(0x11, 16));                              // 010 family id
  put(repeat(0x12, 16));                              // 020 image id
  put("03000000"_hex);                                // 030 VMPL
  put("01000000"_hex);                                // 034 signature algorithm
  put("0400000000001edb"_hex);                        // 038 current TCB
  put("2100000000000000"_hex);                        // 040 platform info: SMT, aliases checked
  put("07000000 00000000"_hex);                       // 048 author key, masked chip key, VLEK
  put(repeat(0x50, 64));                              // 050 report data
  put(repeat(0x90, 48));                              // 090 measurement
  put(repeat(0xc0, 32));                              // 0c0 host data
  put(repeat(0xe0, 48));                              // 0e0 id key digest
  put(repeat(0xe1, 48));                              // 110 author key digest
  put(repeat(0x14, 32));                              // 140 report id
  put(repeat(0xff, 32));                              // 160 report id of the migration agent
  put("0400000000001ddb"_hex);                        // 180 reported TCB
  put(version >= 3 ? "190101"_hex : repeat(0, 3));    // 188 family, model, stepping
  put(repeat(0, 21));                                 // 18b reserved
  put(repeat(0x1a, 64));                              // 1a0 chip id
  put("0300000000001cdb"_hex);                        // 1e0 committed TCB
  put("153701 00"_hex);                               // 1e8 current version 1.55.21
  put("143601 00"_hex);                               // 1ec committed version 1.54.20
  put("0400000000001bdb"_hex);                        // 1f0 launch TCB
  put(version >= 5 ? "0100000000000000 0300000000000000"_hex : repeat(0, 16)); // 1f8 mitigations
  put(repeat(0, 152));                                                         // 208 reserved
  put({0x01}); // 2a0 r, little-endian: 7f..01
  put(repeat(0, 46));
  put({0x7f});
  put(repeat(0, 24));
  put({0x02}); // 2e8 s: 7e..02
  put(repeat(0, 46));
  put({0x7e});
  put(repeat(0, 24));
  put(repeat(0, 368)); // 330 reserved
  return out;
}

const bytes good = make_report(3);

} // namespace

TEST_SUITE_BEGIN("evidence/snp/report");

TEST_CASE("a report parses into its fields") {
  REQUIRE(good.size() == report_size);
  const auto report = parse_report(good);
  REQUIRE(report);
  CHECK(report->version == 3);
  CHECK(report->guest_svn == 2);
  CHECK(report->policy == 0x30137);
  CHECK(report->family_id.front() == 0x11);
  CHECK(report->image_id.back() == 0x12);
  CHECK(report->vmpl == 3);
  CHECK(report->signature_algorithm == ecdsa_p384_sha384);
  CHECK(report->current_tcb == tcb_version{4, 0, 0, 0, 0, 0, 0x1e, 0xdb});
  CHECK(report->platform_info == (platform_info::smt_en | platform_info::alias_check_complete));
  CHECK(report->author_key_enabled);
  CHECK(report->mask_chip_key);
  CHECK(report->is_signed_by(signing_key::vlek));
  CHECK(report->report_data.front() == 0x50);
  CHECK(report->measurement.front() == 0x90);
  CHECK(report->host_data.front() == 0xc0);
  CHECK(report->id_key_digest.front() == 0xe0);
  CHECK(report->author_key_digest.front() == 0xe1);
  CHECK(report->report_id.front() == 0x14);
  CHECK(report->report_id_ma.front() == 0xff);
  CHECK(report->reported_tcb[6] == 0x1d);
  REQUIRE(report->processor);
  CHECK(report->processor->family == 0x19);
  CHECK(report->processor->model == 1);
  CHECK(report->processor->stepping == 1);
  CHECK(report->chip_id.back() == 0x1a);
  CHECK(report->committed_tcb[6] == 0x1c);
  CHECK(to_string(report->current_version) == "1.55.21");
  CHECK(to_string(report->committed_version) == "1.54.20");
  CHECK(report->launch_tcb[6] == 0x1b);
  CHECK_FALSE(report->mitigations);
  CHECK(report->signed_bytes == copy(byte_view{good}.first(signed_size)));
  CHECK(report->signature.size() == 96);
  CHECK(report->signature.front() == 0x7f);
  CHECK(report->signature[47] == 0x01);
  CHECK(report->signature[48] == 0x7e);
  CHECK(report->signature.back() == 0x02);
}

TEST_CASE("what later versions of the report tell, earlier ones leave zero") {
  const auto second = parse_report(make_report(2));
  REQUIRE(second);
  CHECK_FALSE(second->processor);
  CHECK(parse_report(make_report(4)));
  const auto fifth = parse_report(make_report(5));
  REQUIRE(fifth);
  REQUIRE(fifth->mitigations);
  CHECK(fifth->mitigations->launch == 1);
  CHECK(fifth->mitigations->current == 3);
  check_mutations(make_report(2),
                  {{0x188, 0x19, errc::malformed, "snp.report.reserved at byte 392"}},
                  parse_report);
}

TEST_CASE("versions of the report that nobody has described are refused") {
  for (const auto version : bytes{0, 1, 6, 7, 255})
    check_mutations(good, {{0, version, errc::unsupported, "snp.report.version at byte 0"}},
                    parse_report);
}

TEST_CASE("bytes that must be zero are refused, those behind the signature too") {
  check_mutations(good,
                  {
                    {0x048, 0x20, errc::malformed, "snp.report.key_info at byte 72"},
                    {0x04b, 0x01, errc::malformed, "snp.report.key_info at byte 72"},
                    {0x04c, 0x01, errc::malformed, "snp.report.reserved at byte 76"},
                    {0x18b, 0x01, errc::malformed, "snp.report.reserved at byte 395"},
                    {0x1eb, 0x01, errc::malformed, "snp.report.reserved at byte 491"},
                    {0x1ef, 0x01, errc::malformed, "snp.report.reserved at byte 495"},
                    {0x1f8, 0x01, errc::malformed, "snp.report.reserved at byte 504"},
                    {0x29f, 0x01, errc::malformed, "snp.report.reserved at byte 504"},
                    {0x2d0, 0x01, errc::malformed, "snp.report.signature.r at byte 672"},
                    {0x32f, 0x01, errc::malformed, "snp.report.signature.s at byte 744"},
                    {0x330, 0x01, errc::malformed, "snp.report.signature.reserved at byte 816"},
                    {0x49f, 0x01, errc::malformed, "snp.report.signature.reserved at byte 816"},
                  },
                  parse_report);
}

TEST_CASE("every proper prefix of a report is refused as truncated") {
  check_prefixes(good, parse_report);
}

TEST_CASE("a byte behind a report is refused") {
  check_trailing(good, "snp.report.end at byte 1184", parse_report);
}

TEST_CASE("a report that is written is the one that was read") {
  for (const int version : {2, 3, 4, 5}) {
    CAPTURE(version);
    const auto bytes_of = make_report(version);
    const auto report = parse_report(bytes_of);
    REQUIRE(report);
    CHECK(write_report(*report) == bytes_of);
  }
}

TEST_CASE("versions of the firmware are ordered as versions are, not number by number") {
  CHECK(firmware_version{1, 51, 3} < firmware_version{1, 51, 4});
  CHECK(firmware_version{1, 51, 9} < firmware_version{1, 52, 0});
  CHECK(firmware_version{1, 60, 60} < firmware_version{2, 0, 0});
  CHECK(firmware_version{1, 51, 3} == firmware_version{1, 51, 3});
}

TEST_SUITE_END();
