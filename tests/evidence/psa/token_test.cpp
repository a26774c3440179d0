#include "shared/evidence/psa/token.hpp"

#include "shared/codec/cbor_writer.hpp"
#include "tests/support/parser.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::psa;

namespace {

token full_token(std::string_view profile) {
  token out;
  out.profile = profile;
  out.client_id = -1;
  out.lifecycle = 0x3000;
  out.implementation_id = bytes(32, 1);
  out.boot_seed = bytes(32, 2);
  out.certification = "0604565272829100";
  out.software = {{"SPE", bytes(32, 3), "0.0.0", bytes(32, 4), "SHA256"},
                  {"", bytes(48, 5), "", {}, ""}};
  out.nonce = bytes(64, 6);
  out.instance_id = bytes(33, 7);
  out.verification_service = "www.trustedfirmware.org";
  return out;
}

errc refused(token of) {
  return refusal(parse_token(write_token(of)));
}

/// One claim, and whatever is its value.
bytes single(std::int64_t label, const bytes& value) {
  codec::cbor_writer out;
  out.map(1);
  out.integer(label);
  out.raw(value);
  return out.take();
}

} // namespace

TEST_SUITE_BEGIN("evidence/psa/token");

TEST_CASE("a token is read field by field, by the numbers of either profile") {
  for (const auto profile : {profile_iot_1, profile_2023}) {
    const auto wanted = full_token(profile);
    const auto read = parse_token(write_token(wanted));
    REQUIRE(read);
    CHECK(read->profile == profile);
    CHECK(read->client_id == -1);
    CHECK(read->lifecycle == 0x3000);
    CHECK(read->implementation_id == wanted.implementation_id);
    CHECK(read->boot_seed == wanted.boot_seed);
    CHECK(read->certification == wanted.certification);
    CHECK(!read->has_no_software);
    REQUIRE(read->software.size() == 2);
    CHECK(read->software[0].type == "SPE");
    CHECK(read->software[0].measurement == bytes(32, 3));
    CHECK(read->software[0].version == "0.0.0");
    CHECK(read->software[0].signer_id == bytes(32, 4));
    CHECK(read->software[0].algorithm == "SHA256");
    CHECK(read->software[1].measurement == bytes(48, 5));
    CHECK(read->nonce == wanted.nonce);
    CHECK(read->instance_id == wanted.instance_id);
    CHECK(read->verification_service == wanted.verification_service);
    CHECK(write_token(*read) == write_token(wanted));
  }
}

TEST_CASE("no profile is the older one, and a device may say that it measured nothing") {
  auto quiet = full_token("");
  quiet.software.clear();
  quiet.has_no_software = true;
  const auto read = parse_token(write_token(quiet));
  REQUIRE(read);
  CHECK(read->has_no_software);
  CHECK(refused(full_token("http://example.com/psa")) == errc::unsupported);
}

TEST_CASE("sizes are those of the specification") {
  const auto with = [](auto change) {
    auto out = full_token(profile_iot_1);
    change(out);
    return refused(out);
  };
  CHECK(with([](token& t) { t.nonce.resize(33); }) == errc::malformed);
  CHECK(with([](token& t) { t.implementation_id.resize(31); }) == errc::malformed);
  CHECK(with([](token& t) { t.instance_id.resize(32); }) == errc::malformed);
  CHECK(with([](token& t) { t.boot_seed.resize(7); }) == errc::malformed);
  CHECK(with([](token& t) { t.lifecycle = 0x10000; }) == errc::malformed);
  CHECK(with([](token& t) { t.software[0].measurement.resize(20); }) == errc::malformed);
  CHECK(with([](token& t) { t.software[0].signer_id.resize(20); }) == errc::malformed);
  CHECK(with([](token& t) { t.software[0].version.resize(257, 'x'); }) == errc::too_large);
  CHECK(with([](token& t) { t.software.resize(65, t.software[0]); }) == errc::too_large);
  CHECK(refusal(parse_token(bytes(max_token + 1))) == errc::too_large);
}

TEST_CASE("what must be there is missed, and nothing stands twice") {
  CHECK(refusal(parse_token(single(-75'001, {0x20}))) == errc::missing);
  codec::cbor_writer twice;
  twice.map(2);
  for (int n = 0; n < 2; ++n) {
    twice.integer(-75'001);
    twice.integer(-1);
  }
  CHECK(refusal(parse_token(twice.take())) == errc::malformed);
  codec::cbor_writer mixed;
  mixed.map(2);
  mixed.integer(2394);
  mixed.integer(-1);
  mixed.integer(-75'002);
  mixed.integer(0x3000);
  const auto both = parse_token(mixed.take());
  REQUIRE(!both);
  CHECK(both.error().where.find("two profiles") != std::string::npos);
  CHECK(refusal(parse_token(single(-75'008, {0x01}))) == errc::malformed);
}

TEST_CASE("claims that nobody knows are passed over") {
  auto encoded = write_token(full_token(profile_iot_1));
  encoded.front() = static_cast<std::uint8_t>(encoded.front() + 1); // one claim more
  encoded.insert(encoded.end(), {0x19, 0x30, 0x39, 0x01});          // 12345: 1
  CHECK(parse_token(encoded));
  encoded.push_back(0);
  CHECK(refusal(parse_token(encoded)) == errc::trailing);
}

TEST_CASE("every proper prefix of a token is refused as truncated") {
  check_prefixes(write_token(full_token(profile_iot_1)), parse_token);
  check_prefixes(write_token(full_token(profile_2023)), parse_token);
}

TEST_CASE("only what cannot be debugged is secured") {
  CHECK(is_secured(0x3000));
  CHECK(is_secured(0x30ff));
  for (const auto other : {0x0000, 0x1000, 0x2fff, 0x3100, 0x4000, 0x5000, 0x6000})
    CHECK(!is_secured(static_cast<std::uint64_t>(other)));
}

TEST_SUITE_END();
