#include "shared/base/error.hpp"
#include "shared/binding/atls.h"

#include <doctest/doctest.h>

#include <string>

using namespace troth;

namespace {

int refusal(int role, const troth_options& how) {
  troth_side* side = nullptr;
  const auto code = troth_open(role, &how, &side);
  CHECK(side == nullptr);
  return code;
}

} // namespace

TEST_SUITE_BEGIN("binding");

TEST_CASE("a number that is no choice is refused, and named") {
  constexpr auto unsupported = static_cast<int>(errc::unsupported);
  troth_options how;
  troth_options_init(&how);
  CHECK(refusal(2, how) == unsupported);
  CHECK(std::string{troth_last_error()} == "unsupported: role: 2");
  for (const int mode : {-1, 4, 1'000}) {
    how.mode = mode;
    CHECK(refusal(TROTH_CLIENT, how) == unsupported);
    CHECK(std::string{troth_last_error()} == "unsupported: mode: " + std::to_string(mode));
  }
  how.mode = TROTH_NOBODY;
  how.renew = 3;
  CHECK(refusal(TROTH_CLIENT, how) == unsupported);
  CHECK(std::string{troth_last_error()} == "unsupported: renew: 3");
}

TEST_CASE("a key at a gateway is instead of one in files") {
  troth_options how;
  troth_options_init(&how);
  how.gateway = "unix:///none";
  how.tls_key_id = "4b1d";
  how.tls_key = "key.pem";
  CHECK(refusal(TROTH_SERVER, how) == static_cast<int>(errc::conflict));
  CHECK(std::string{troth_last_error()}
        == "conflict: tls_key_id: this, or tls_certificate and tls_key");
  how.tls_key = nullptr;
  CHECK(refusal(TROTH_SERVER, how) == TROTH_UNAVAILABLE);
  CHECK(std::string{troth_last_error()}.starts_with("unavailable: the TLS key 4b1d: "));
}

TEST_CASE("what is needed and not there is told by code") {
  troth_options how;
  troth_options_init(&how);
  CHECK(refusal(TROTH_CLIENT, how) == TROTH_MISSING);
  CHECK(troth_open(TROTH_CLIENT, nullptr, nullptr) == TROTH_INTERNAL);
  CHECK(std::string{troth_last_error()} == "internal: an argument is NULL");
}

TEST_SUITE_END();
