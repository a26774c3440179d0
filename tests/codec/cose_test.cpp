#include "shared/codec/cose.hpp"

#include "tests/codec/signers.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troth;
using namespace troth::testing;

namespace {

const bytes good = "d862 84 40 a0 42abcd 81" // tag, body headers, payload, signatures
                   "83 43a10126 a1182182423000423001 42ffee"_hex; // ES256, two certificates

bytes message(const bytes& headers, const bytes& rest) {
  auto out = "d86284"_hex;
  out.insert(out.end(), headers.begin(), headers.end());
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

/// A message whose only signature begins with these headers.
bytes signed_with(const bytes& headers) {
  auto out = "d862 84 40 a0 42abcd 81 83"_hex;
  out.insert(out.end(), headers.begin(), headers.end());
  out.insert(out.end(), {0x41, 0xff});
  return out;
}

void check_refused(errc code, const std::string& where, const bytes& input) {
  CAPTURE(where);
  const auto read = codec::parse_cose(input);
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(code));
  CHECK(read.error().where == where);
}

} // namespace

TEST_SUITE_BEGIN("codec/cose");

TEST_CASE("a message reads into payload, headers and what was signed") {
  const auto read = codec::parse_cose(good);
  REQUIRE(read);
  CHECK(read->payload == "abcd"_hex);
  REQUIRE(read->signatures.size() == 1);
  const auto& one = read->signatures[0];
  CHECK((one.algorithm == es256));
  CHECK(one.certificates == std::vector<bytes>{"3000"_hex, "3001"_hex});
  CHECK(one.signature == "ffee"_hex);
  // RFC 9052, section 4.4: context, body, signer, external data, payload
  CHECK(one.signed_bytes == "85 69 5369676e6174757265 40 43a10126 40 42abcd"_hex);
}

TEST_CASE("every proper prefix of a message is refused as truncated") {
  check_prefixes(good, codec::parse_cose);
}

TEST_CASE("a byte behind a message is refused as trailing") {
  check_trailing(good, "cose at byte " + std::to_string(good.size()), codec::parse_cose);
}

TEST_CASE("an envelope need not be canonical, only definite") {
  const auto read = codec::parse_cose("d862 9804 41a0 a0 5802abcd 81 83 58 05 a11901 0126"
                                      "a2 61 61 01 18 21 42 3000 41ff"_hex);
  CHECK(!read); // the label 257 is no algorithm
  const auto loose = codec::parse_cose(
    "d862 9804 41a0 b800 5802abcd 81 83 44 a1 1801 26 a2 6161 01 1821 423000 41ff"_hex);
  REQUIRE(loose);
  CHECK(loose->signatures[0].certificates == std::vector<bytes>{"3000"_hex});
  CHECK(loose->signatures[0].signed_bytes
        == "85 69 5369676e6174757265 40 44a1180126 40 42abcd"_hex);
  CHECK(!codec::parse_cose("d862 9f 40 a0 42abcd 81 83 43a10126 a0 41ff ff"_hex));
  CHECK(!codec::parse_cose("d862 84 40 a0 5f41abff 81 83 43a10126 a0 41ff"_hex));
}

TEST_CASE("the protected header of the body is signed, too") {
  const auto read = codec::parse_cose("d862 84 43a10300 a0 41aa 81 83 43a10126 a0 41ff"_hex);
  REQUIRE(read);
  CHECK(read->signatures[0].signed_bytes
        == "85 69 5369676e6174757265 43a10300 43a10126 40 41aa"_hex);
}

TEST_CASE("the chain may be one certificate, and may be protected") {
  const auto one = codec::parse_cose(signed_with("43a10126 a11821423000"_hex));
  REQUIRE(one);
  CHECK(one->signatures[0].certificates == std::vector<bytes>{"3000"_hex});
  const auto locked = codec::parse_cose(signed_with("48a201261821423000 a0"_hex));
  REQUIRE(locked);
  CHECK(locked->signatures[0].certificates == std::vector<bytes>{"3000"_hex});
}

TEST_CASE("each algorithm is known by its number") {
  struct row {
    std::string_view number;
    signature_algorithm algorithm;
  };
  using enum signature_scheme;
  using enum hash_algorithm;
  const row rows[] = {
    {"26", {ecdsa, sha256}},      {"3822", {ecdsa, sha384}},    {"3823", {ecdsa, sha512}},
    {"27", {eddsa, sha512}},      {"3824", {rsapss, sha256}},   {"3825", {rsapss, sha384}},
    {"3826", {rsapss, sha512}},   {"390100", {rsassa, sha256}}, {"390101", {rsassa, sha384}},
    {"390102", {rsassa, sha512}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.number);
    const codec::signer signers[] = {fake_signer(row.algorithm, 2)};
    const auto written = codec::write_cose("ab"_hex, signers);
    REQUIRE(written);
    const auto number = operator""_hex(row.number.data(), row.number.size());
    CHECK(std::ranges::search(*written, number).size() == number.size());
    const auto read = codec::parse_cose(*written);
    REQUIRE(read);
    CHECK((read->signatures[0].algorithm == row.algorithm));
  }
}

TEST_CASE("what is not a COSE_Sign as RFC 9052 has it is refused where it is wrong") {
  const auto one = "42abcd 81 83 43a10126 a0 41ff"_hex;
  check_refused(errc::malformed, "cose at byte 0: an array, expected a tag", "84"_hex);
  check_refused(errc::unsupported, "cose at byte 0: expected tag 98", "d86384 40a041aa41ff"_hex);
  check_refused(errc::malformed, "cose at byte 2: expected 4 items", "d86283 40 a0 41aa"_hex);
  check_refused(errc::missing, "cose at byte 4: a payload: it is detached",
                message("40a0"_hex, "f6 81 83 43a10126 a0 41ff"_hex));
  check_refused(errc::missing, "cose at byte 6: a signature", message("40a0"_hex, "4080"_hex));
  check_refused(errc::unsupported, "cose at byte 8: a critical header",
                message("44a1028101 a0"_hex, one));
  check_refused(errc::unsupported, "cose at byte 6: a critical header",
                message("40a10200"_hex, one));
  check_refused(errc::malformed, "cose at byte 3: protected at byte 0: an array, expected a map",
                message("4180 a0"_hex, one));
  check_refused(errc::trailing, "cose at byte 3: protected at byte 1",
                message("42a000 a0"_hex, one));
}

TEST_CASE("a signature's header that is missing, twice, unknown or not protected is refused") {
  const auto place = std::string{"cose.signatures[0] at byte "};
  check_refused(errc::missing, place + "12: an algorithm that is protected",
                signed_with("40 a0"_hex));
  check_refused(errc::unsupported, place + "13: an algorithm that is not protected",
                signed_with("40 a10126"_hex));
  check_refused(errc::unsupported, place + "16: a critical header",
                signed_with("45a201260200 a0"_hex));
  check_refused(errc::unsupported, place + "10: protected at byte 2: algorithm 5",
                signed_with("43a10105 a0"_hex));
  check_refused(errc::malformed, place + "10: protected at byte 3: a header twice",
                signed_with("46a20126180126 a0"_hex));
  check_refused(errc::malformed, place + "22: a header that is protected and is not",
                signed_with("48a201261821423000 a1 1821 423000"_hex));
  check_refused(errc::malformed, place + "17: a text, expected an array",
                signed_with("43a10126 a118216161"_hex));
  check_refused(errc::too_large, place + "17: 17 items, at most 16", [] {
    auto headers = "43a10126 a1182191"_hex;
    for (int i = 0; i < 17; ++i)
      headers.insert(headers.end(), {0x41, 0x30});
    return signed_with(headers);
  }());
  check_refused(errc::too_large, place + "63: more than 16 headers", [] {
    auto headers = "43a10126 b1"_hex;
    for (std::uint8_t label = 34; label < 34 + 17; ++label)
      headers.insert(headers.end(), {0x18, label, 0x00});
    return signed_with(headers);
  }());
  check_refused(errc::too_large, place + "17: 65537 bytes, at most 65536", [] {
    auto headers = "43a10126 a11821 5a00010001"_hex;
    headers.resize(headers.size() + 65537, 0x30);
    return signed_with(headers);
  }());
  check_refused(errc::malformed, "cose.signatures[0] at byte 15: an empty signature",
                "d862 84 40 a0 42abcd 81 83 43a10126 a0 40"_hex);
}

TEST_CASE("what is written is canonical and is read") {
  const codec::signer signers[]
    = {fake_signer(es256, 2, {"3000"_hex, "3001"_hex}),
       fake_signer({signature_scheme::eddsa, hash_algorithm::sha256}, 3)};
  const auto written = codec::write_cose("abcd"_hex, signers);
  REQUIRE(written);
  CHECK(*written
        == "d862 84 40 a0 42abcd 82"
           "83 43a10126 a1182182423000423001 421414"
           "83 43a10127 a0 43141414"_hex);
  const auto read = codec::parse_cose(*written);
  REQUIRE(read);
  CHECK(read->signatures.size() == 2);
}

TEST_CASE("a message without a signer, or whose signer fails, is not written") {
  const auto none = codec::write_cose("ab"_hex, {});
  REQUIRE(!none);
  CHECK(name(none.error().code) == name(errc::missing));
  const codec::signer sha1[] = {fake_signer({signature_scheme::ecdsa, hash_algorithm::sha1}, 2)};
  const auto weak = codec::write_cose("ab"_hex, sha1);
  REQUIRE(!weak);
  CHECK(name(weak.error().code) == name(errc::unsupported));
  const codec::signer broken[] = {{es256, {}, [](byte_view) -> result<bytes> {
                                     return error{errc::io, "tpm"};
                                   }}};
  const auto failed = codec::write_cose("ab"_hex, broken);
  REQUIRE(!failed);
  CHECK(name(failed.error().code) == name(errc::io));
}

TEST_SUITE_END();
