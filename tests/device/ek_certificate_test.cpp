#include "shared/device/ek_certificate.hpp"

#include "tests/support/hex.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;

namespace {

/// A certificate's outermost shape: a sequence of 300 bytes.
bytes certificate() {
  auto out = "30 82 01 2c"_hex;
  out.resize(4 + 300, 0xab);
  return out;
}

bytes operator+(bytes a, const bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

} // namespace

TEST_SUITE_BEGIN("device/ek_certificate");

TEST_CASE("padding behind the certificate and a TPM 1.2 header before it are cut off") {
  for (const auto& stored :
       {certificate(), certificate() + bytes(200, 0xff), certificate() + bytes(1, 0),
        "10 01 00 01 32 10 02"_hex + certificate() + bytes(8, 0xff)}) {
    const auto trimmed = device::trim_certificate(stored);
    REQUIRE(trimmed);
    CHECK(*trimmed == certificate());
  }
}

TEST_CASE("every proper prefix is truncated") {
  const auto whole = certificate();
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK(device::trim_certificate(byte_view{whole}.first(n)).error().code == errc::truncated);
}

TEST_CASE("what is no certificate is malformed") {
  for (const auto& stored : {bytes(300, 0xff), bytes(300, 0), "31 82 00 00"_hex, "30 03 00 00"_hex,
                             "10 01 00 01 32 10 03 30 82 00 00"_hex})
    CHECK(device::trim_certificate(stored).error().code == errc::malformed);
}

TEST_SUITE_END();
