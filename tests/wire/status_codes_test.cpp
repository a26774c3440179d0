#include "shared/wire/status_codes.hpp"

#include <doctest/doctest.h>

using namespace troth;

TEST_SUITE_BEGIN("wire/status_codes");

TEST_CASE("each error has its gRPC status and its CoAP code") {
  struct row {
    errc code;
    int grpc;
    unsigned coap; ///< 404 for 4.04.
  };
  constexpr row rows[] = {
    {errc::truncated, 3, 400},    {errc::trailing, 3, 400},
    {errc::malformed, 3, 400},    {errc::too_large, 8, 413},
    {errc::unsupported, 3, 400},  {errc::bad_signature, 3, 422},
    {errc::no_challenge, 9, 409}, {errc::untrusted, 3, 422},
    {errc::expired, 3, 422},      {errc::weak, 3, 422},
    {errc::missing, 3, 400},      {errc::unknown_key, 3, 400},
    {errc::forbidden, 7, 403},    {errc::not_found, 5, 404},
    {errc::conflict, 10, 409},    {errc::unauthenticated, 16, 401},
    {errc::io, 13, 500},          {errc::no_endorsement, 13, 500},
    {errc::exhausted, 8, 429},    {errc::unavailable, 14, 503},
    {errc::timeout, 4, 504},      {errc::internal, 13, 500},
  };
  for (const auto& one : rows) {
    CAPTURE(name(one.code));
    CHECK(wire::grpc_status(one.code) == one.grpc);
    const unsigned code = wire::coap_code(one.code);
    CHECK((code >> 5U) * 100 + (code & 0x1fU) == one.coap);
  }
}

TEST_SUITE_END();
