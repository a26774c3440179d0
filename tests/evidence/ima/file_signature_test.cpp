#include "shared/evidence/ima/file_signature.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using evidence::ima::parse_file_signature;

namespace {

const bytes good = "03 02 04 a1b2c3d4 0003 010203"_hex;

} // namespace

TEST_SUITE_BEGIN("evidence/ima/file_signature");

TEST_CASE("a file signature parses into its fields") {
  const auto signature = parse_file_signature(good);
  REQUIRE(signature);
  CHECK(signature->type == 3);
  CHECK(signature->version == 2);
  CHECK(signature->hash_id == 4);
  CHECK(copy(signature->key_id) == "a1b2c3d4"_hex);
  CHECK(signature->declared_size == 3);
  CHECK(copy(signature->value) == "010203"_hex);
  CHECK(signature->is_size_consistent());
}

TEST_CASE("a header that lies about the size is told") {
  auto shorter = good;
  shorter.pop_back();
  const auto signature = parse_file_signature(shorter);
  REQUIRE(signature);
  CHECK(!signature->is_size_consistent());
  auto longer = good;
  longer.push_back(0);
  CHECK(!parse_file_signature(longer)->is_size_consistent());
}

TEST_CASE("a file signature that ends inside its header is truncated") {
  check_prefixes(bytes(good.begin(), good.begin() + 9), parse_file_signature);
}

TEST_CASE("what is no signature of a kind we know is refused") {
  check_mutations(good,
                  {
                    {0, 0x01, errc::unsupported, "ima.signature.type at byte 0"}, // a bare digest
                    {1, 0x01, errc::unsupported, "ima.signature.version at byte 1"},
                    {1, 0x04, errc::unsupported, "ima.signature.version at byte 1"},
                  },
                  parse_file_signature);
}

TEST_SUITE_END();
