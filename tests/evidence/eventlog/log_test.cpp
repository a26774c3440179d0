#include "shared/evidence/eventlog/log.hpp"

#include "tests/support/event_log.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::eventlog;

namespace {

const bytes no_digest(20, 0);
const bytes digest_a(32, 0xaa);

// Written by hand from the TCG PC Client Platform Firmware Profile, 10.4.5 and 10.2.
const bytes header = "00000000 03000000"                        // PCR 0, EV_NO_ACTION
                     "0000000000000000000000000000000000000000" // SHA-1 of zeros
                     "2b000000"                                 // 43 bytes
                     "53706563 20494420 4576656e 74303300"      // Spec ID Event03
                     "01000000 00 02 69 02"                     // server, 2.0 errata 105
                     "03000000 0400 1400 0b00 2000 1200 2000"   // SHA-1, SHA-256, SM3
                     "02 abcd"_hex;                             // vendor info
const bytes measured = "07000000 01000080"                      // PCR 7, a variable
                       "03000000"                               // three digests
                       "0b00 1111111111111111111111111111111111111111111111111111111111111111"
                       "0400 2222222222222222222222222222222222222222"
                       "1200 3333333333333333333333333333333333333333333333333333333333333333"
                       "03000000 616263"_hex; // "abc"
const bytes good = [] {
  auto out = header;
  out.insert(out.end(), measured.begin(), measured.end());
  return out;
}();

// PCR 4, EV_EFI_ACTION, a SHA-1 digest, "boot"
const bytes sha1_event = "04000000 07000080 4444444444444444444444444444444444444444"
                         "04000000 626f6f74"_hex;

result<event_log> parse(byte_view log) {
  return parse_event_log(log, log_kind::tpm);
}

bytes startup(std::string_view locality) {
  auto data = to_bytes("StartupLocality");
  data.push_back(0);
  for (const auto byte : locality)
    data.push_back(static_cast<std::uint8_t>(byte - '0'));
  return data;
}

const bytes zeros(32, 0);

} // namespace

TEST_SUITE_BEGIN("evidence/eventlog/log");

TEST_CASE("a crypto-agile log parses into its header and events") {
  const auto log = parse(good);
  REQUIRE(log);
  CHECK(log->is_crypto_agile);
  REQUIRE(log->spec);
  CHECK(to_text(log->spec->signature) == "Spec ID Event03");
  CHECK(log->spec->platform_class == 1);
  CHECK(log->spec->version_minor == 0);
  CHECK(log->spec->version_major == 2);
  CHECK(log->spec->errata == 105);
  CHECK(log->spec->uintn_size == 2);
  CHECK(log->spec->vendor_info == "abcd"_hex);
  REQUIRE(log->banks.size() == 3);
  CHECK(log->banks[2].algorithm_id == 0x12);
  CHECK(log->banks[2].digest_size == 32);
  CHECK(!log->startup_locality);
  CHECK(log->ends_with == terminator::none);
  CHECK(log->consumed_bytes == good.size());
  REQUIRE(log->events.size() == 2);
  CHECK(!log->events[0].is_measured());
  const auto& event = log->events[1];
  CHECK(event.is_measured());
  CHECK(event.register_index == 7);
  CHECK(event.type == event_type::efi_variable_driver_config);
  CHECK(event.offset == header.size());
  CHECK(event.size_bytes == measured.size());
  CHECK(to_text(event.data) == "abc");
}

TEST_CASE("digests stand in any order, and those we cannot compute are skipped") {
  const auto log = parse(good);
  REQUIRE(log);
  const auto& event = log->events[1];
  REQUIRE(event.digests.size() == 2);
  const auto* sha256 = event.find_digest(hash_algorithm::sha256);
  REQUIRE(sha256 != nullptr);
  CHECK(copy(sha256->view()) == bytes(32, 0x11));
  const auto* sha1 = event.find_digest(hash_algorithm::sha1);
  REQUIRE(sha1 != nullptr);
  CHECK(copy(sha1->view()) == bytes(20, 0x22));
  CHECK(event.find_digest(hash_algorithm::sha384) == nullptr);
}

TEST_CASE("a log without a header is a SHA-1 log, of TPMs only") {
  const auto log = parse(sha1_event);
  REQUIRE(log);
  CHECK(!log->is_crypto_agile);
  CHECK(!log->spec);
  REQUIRE(log->banks.size() == 1);
  CHECK(log->banks[0].algorithm_id == 4);
  REQUIRE(log->events.size() == 1);
  CHECK(log->events[0].register_index == 4);
  REQUIRE(log->events[0].find_digest(hash_algorithm::sha1) != nullptr);
  CHECK(to_text(log->events[0].data) == "boot");
  const auto cc = parse_event_log(sha1_event, log_kind::cc);
  REQUIRE(!cc);
  CHECK(cc.error().code == errc::unsupported);
}

TEST_CASE("a SHA-1 log may have a header, which lists no banks") {
  auto text = "00000000 03000000 0000000000000000000000000000000000000000 1a000000"
              "53706563 20494420 4576656e 74303200" // Spec ID Event02
              "00000000 02 01 00 01 01 ff"_hex;
  text.insert(text.end(), sha1_event.begin(), sha1_event.end());
  const auto log = parse(text);
  REQUIRE(log);
  CHECK(!log->is_crypto_agile);
  REQUIRE(log->spec);
  CHECK(log->spec->version_major == 1);
  CHECK(log->spec->version_minor == 2);
  CHECK(log->spec->vendor_info == "ff"_hex);
  CHECK(log->events.size() == 2);
}

TEST_CASE("a CC log may have its header in register 1") {
  auto text = good;
  text[0] = 1;
  CHECK(parse_event_log(text, log_kind::cc));
  CHECK(!parse(text));
}

TEST_CASE("a log that ends inside a record is truncated") {
  for (std::size_t n = 0; n < good.size(); ++n) {
    // What follows a whole record is padding as long as it is nothing but zeros.
    if (n == header.size())
      continue;
    CAPTURE(n);
    const auto log = parse(byte_view{good}.first(n));
    REQUIRE(!log);
    CHECK(log.error().code == (n == 0 || n > 4 ? errc::truncated : errc::malformed));
  }
  for (std::size_t n = 1; n < sha1_event.size(); ++n)
    CHECK(parse(byte_view{sha1_event}.first(n)).error().code == errc::truncated);
}

TEST_CASE("zeros or 0xFF end a log, and nothing behind 0xFF is looked at") {
  auto zero = good;
  zero.insert(zero.end(), 100, 0);
  const auto padded = parse(zero);
  REQUIRE(padded);
  CHECK(padded->ends_with == terminator::zero);
  CHECK(padded->consumed_bytes == good.size());
  CHECK(padded->events.size() == 2);
  auto ff = good;
  ff.insert(ff.end(), 4, 0xff);
  ff.insert(ff.end(), {0x01, 0x02, 0x03});
  const auto ended = parse(ff);
  REQUIRE(ended);
  CHECK(ended->ends_with == terminator::ff);
  CHECK(ended->consumed_bytes == good.size());
  ff.resize(good.size() + 3);
  CHECK(parse(ff).error().code == errc::truncated);
  zero.push_back(1);
  CHECK(!parse(zero));
}

TEST_CASE("padding alone is no log") {
  CHECK(parse(bytes(64, 0)).error().code == errc::malformed);
  CHECK(parse(bytes(64, 0xff)).error().code == errc::malformed);
}

TEST_CASE("a malformed log is refused at the field that is wrong") {
  check_mutations(
    good,
    {
      {0, 0x01, errc::malformed, "eventlog.spec_id at byte 0"},
      {8, 0x01, errc::malformed, "eventlog.spec_id at byte 0"},
      {31, 0x01, errc::too_large, "eventlog.data at byte 28"},
      {53, 0x03, errc::unsupported, "eventlog.spec_id.version_major at byte 21"},
      {56, 0x00, errc::malformed, "eventlog.spec_id.banks.count at byte 24"},
      {56, 0x11, errc::too_large, "eventlog.spec_id.banks.count at byte 24"},
      {64, 0x04, errc::malformed, "eventlog.spec_id.banks.algorithm at byte 32"},
      {66, 0x1f, errc::malformed, "eventlog.spec_id.banks.size at byte 34"},
      {70, 0x00, errc::malformed, "eventlog.spec_id.banks.size at byte 38"},
      {70, 0x41, errc::too_large, "eventlog.spec_id.banks.size at byte 38"},
      {72, 0x01, errc::trailing, "eventlog.spec_id.end at byte 42"},
      {72, 0x03, errc::truncated, "eventlog.spec_id.vendor_info at byte 41"},
      {75, 0x20, errc::malformed, "eventlog.register_index at byte 79"}, // no such PCR
      {83, 0x02, errc::malformed, "eventlog.digests.count at byte 83"},
      {83, 0x04, errc::malformed, "eventlog.digests.count at byte 83"},
      {87, 0x0c, errc::malformed, "eventlog.digests.algorithm at byte 87"},   // not in the header
      {121, 0x0b, errc::malformed, "eventlog.digests.algorithm at byte 121"}, // twice
      {180, 0x01, errc::too_large, "eventlog.data at byte 177"},
    },
    parse);
}

TEST_CASE("StartupLocality is a fact where it may stand") {
  for (const auto* locality : {"0", "3", "4"}) {
    const auto data = startup(locality);
    event_log_writer writer;
    writer.add(0, event_type::no_action, zeros, data)
      .add(0, event_type::s_crtm_version, digest_a, {});
    const auto log = parse(writer.log());
    REQUIRE(log);
    CHECK(log->startup_locality == locality[0] - '0');
  }
}

TEST_CASE("a StartupLocality that may not be is refused") {
  const auto refused = [](const event_log_writer& writer, log_kind kind = log_kind::tpm) {
    const auto log = parse_event_log(writer.log(), kind);
    return !log && log.error().code == errc::malformed
           && log.error().where.starts_with("eventlog.startup_locality");
  };
  const auto three = startup("3");
  const auto no_action = event_type::no_action;
  CHECK(refused(event_log_writer{}.add(0, no_action, zeros, startup("1"))));
  CHECK(refused(event_log_writer{}.add(0, no_action, zeros, startup(""))));
  CHECK(refused(event_log_writer{}.add(0, no_action, zeros, startup("30"))));
  CHECK(refused(event_log_writer{}.add(1, no_action, zeros, three)));
  CHECK(
    refused(event_log_writer{}.add(0, no_action, zeros, three).add(0, no_action, zeros, three)));
  CHECK(refused(event_log_writer{}
                  .add(0, event_type::post_code, digest_a, {})
                  .add(0, no_action, zeros, three)));
  CHECK(refused(event_log_writer{}.add(0, no_action, zeros, three), log_kind::cc));
  // Another register may have been extended, and another type may carry the text.
  CHECK(!refused(event_log_writer{}
                   .add(7, event_type::separator, digest_a, {})
                   .add(0, no_action, zeros, three)));
  CHECK(!refused(event_log_writer{}.add(0, event_type::action, digest_a, startup("1"))));
}

TEST_CASE("an EV_NO_ACTION may name any register") {
  CHECK(parse(event_log_writer{}.add(0xfffffffe, event_type::no_action, zeros, {}).log()));
}

TEST_CASE("a log is refused above its limits, and accepted at them") {
  event_log_writer many;
  for (std::size_t i = 1; i < max_events; ++i)
    many.add(1, event_type::separator, digest_a, {});
  CHECK(parse(many.log()));
  many.add(1, event_type::separator, digest_a, {});
  CHECK(parse(many.log()).error().code == errc::too_large);

  bytes data(max_event_data, 1);
  CHECK(parse(event_log_writer{}.add(1, event_type::ipl, digest_a, data).log()));
  data.push_back(1);
  CHECK(parse(event_log_writer{}.add(1, event_type::ipl, digest_a, data).log()).error().code
        == errc::too_large);

  bytes large = good;
  large.resize(max_log, 0);
  CHECK(parse(large));
  large.push_back(0);
  CHECK(parse(large).error().code == errc::too_large);
}

TEST_SUITE_END();
