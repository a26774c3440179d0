#include "shared/crypto/seal.hpp"

#include "tests/support/hex.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troth;
using namespace troth::crypto;
using namespace troth::testing;

namespace {

const seal_key key = {1, 2, 3};
const bytes content = to_bytes("content");
const bytes associated = to_bytes("associated");

bytes sealed() {
  auto out = seal(key, content, associated);
  REQUIRE(out);
  return *std::move(out);
}

} // namespace

TEST_SUITE_BEGIN("crypto/seal");

TEST_CASE("what was sealed opens, nothing and no associated data as well") {
  for (const auto& what : {content, bytes{}, bytes(100'000, 7)})
    for (const auto& beside : {associated, bytes{}}) {
      const auto message = seal(key, what, beside);
      REQUIRE(message);
      CHECK(message->size() == what.size() + seal_overhead);
      const auto opened = open(key, *message, beside);
      REQUIRE(opened);
      CHECK(*opened == what);
    }
}

TEST_CASE("a message of test case 16 of the GCM specification opens") {
  seal_key known{};
  std::ranges::copy("feffe9928665731c6d6a8f9467308308 feffe9928665731c6d6a8f9467308308"_hex,
                    known.begin());
  const auto opened = open(known,
                           "cafebabefacedbaddecaf888"
                           "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                           "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                           "76fc6ece0f4e1768cddf8853bb2d551b"_hex,
                           "feedfacedeadbeeffeedfacedeadbeefabaddad2"_hex);
  REQUIRE(opened);
  CHECK(*opened
        == "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
           "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"_hex);
}

TEST_CASE("the same content is never sealed alike twice") {
  CHECK(sealed() != sealed());
}

TEST_CASE("a message with any bit changed, cut or extended does not open") {
  const auto good = sealed();
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    auto bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1U << bit % 8);
    const auto opened = open(key, bad, associated);
    REQUIRE(!opened);
    CHECK(opened.error().code == errc::bad_signature);
  }
  for (std::size_t n = 0; n < good.size(); ++n) {
    const auto opened = open(key, byte_view{good}.first(n), associated);
    REQUIRE(!opened);
    CHECK(opened.error().code == (n < seal_overhead ? errc::truncated : errc::bad_signature));
  }
  auto longer = good;
  longer.push_back(0);
  CHECK(open(key, longer, associated).error().code == errc::bad_signature);
}

TEST_CASE("another key or other associated data does not open it") {
  auto other = key;
  other.back() ^= 1;
  CHECK(open(other, sealed(), associated).error().code == errc::bad_signature);
  CHECK(open(key, sealed(), to_bytes("associatee")).error().code == errc::bad_signature);
  CHECK(open(key, sealed(), {}).error().code == errc::bad_signature);
}

TEST_CASE("secrets are equal if size and every byte are") {
  CHECK(equal_secrets(content, to_bytes("content")));
  CHECK(equal_secrets({}, {}));
  CHECK(!equal_secrets(content, to_bytes("contenu")));
  CHECK(!equal_secrets(content, to_bytes("conten")));
}
