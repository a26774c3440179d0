#include "shared/crypto/hash.hpp"

#include "tests/support/hex.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;

TEST_SUITE_BEGIN("crypto/hash");

TEST_CASE("\"abc\" hashes to what FIPS 180-4 says, also in parts") {
  struct row {
    hash_algorithm algorithm;
    bytes sum;
  };
  const row rows[] = {
    {hash_algorithm::sha1, "a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d"_hex},
    {hash_algorithm::sha256, "ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61"
                             "f20015ad"_hex},
    {hash_algorithm::sha384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
                             "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"_hex},
    {hash_algorithm::sha512,
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"_hex},
  };
  for (const auto& [algorithm, sum] : rows) {
    CAPTURE(name(algorithm));
    const auto abc = to_bytes("abc");
    const auto whole = crypto::hash(algorithm, abc);
    CHECK(whole.algorithm() == algorithm);
    CHECK(copy(whole.view()) == sum);
    CHECK(crypto::hash(algorithm, {byte_view{abc}.first(1), {}, byte_view{abc}.last(2)}) == whole);
  }
}

TEST_CASE("a PCR is extended by hashing its old value and the new") {
  digest pcr{hash_algorithm::sha256};
  const auto event = crypto::hash(hash_algorithm::sha256, to_bytes("event"));
  crypto::extend(pcr, event.view());
  CHECK(pcr == crypto::hash(hash_algorithm::sha256, {bytes(32, 0), event.view()}));
}
