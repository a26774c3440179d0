#include "shared/report/omsp.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using report::encoding;

namespace {

report::status_request minted(encoding as) {
  report::status_request out;
  out.manifest_hashes = {"0a", "0b"};
  out.encoded_as = as;
  return out;
}

void check_refused(errc code, const std::string& where, byte_view body) {
  const auto read = report::parse_status_request(body);
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(code));
  CHECK(read.error().where == where);
}

} // namespace

TEST_SUITE_BEGIN("report/omsp");

TEST_CASE("a status request has the reference's members and numbers") {
  CHECK(to_text(report::write_status_request(minted(encoding::json)))
        == R"({"arVersion":"3.3.0","requests":["0a","0b"]})");
  CHECK(report::write_status_request(minted(encoding::cbor))
        == "a2 00 65 332e332e30 01 82 62 3061 62 3062"_hex);
}

TEST_CASE("a status request reads as it was written, in each encoding") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto written = report::write_status_request(minted(as));
    const auto read = report::parse_status_request(written);
    REQUIRE(read);
    CHECK(read->manifest_hashes == std::vector<std::string>{"0a", "0b"});
    CHECK(read->encoded_as == as);
    CHECK(report::write_status_request(*read) == written);
    check_prefixes(written, report::parse_status_request);
  }
}

TEST_CASE("a status request that asks nothing, or too much, or is none is refused") {
  check_refused(errc::missing, "status request.requests: none",
                to_bytes(R"({"arVersion":"3.3.0","requests":[]})"));
  check_refused(errc::missing, "status request.requests", to_bytes(R"({"arVersion":"3.3.0"})"));
  check_refused(errc::missing, "status request.arVersion", to_bytes(R"({"requests":["0a"]})"));
  auto large = minted(encoding::json);
  large.manifest_hashes.resize(1025);
  check_refused(errc::too_large, "status request.requests: 1025 items, at most 1024",
                report::write_status_request(large));
  check_refused(errc::malformed, "status request at byte 0: neither JSON nor CBOR", to_bytes("x"));
  check_trailing(report::write_status_request(minted(encoding::cbor)), "status request at byte 16",
                 report::parse_status_request);
}

TEST_SUITE_END();
