#include "shared/evidence/tdx/quote.hpp"

#include "tests/support/intel_quotes.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::tdx;

namespace {

const bytes version_4 = encode(counted_tdx_quote());
const bytes version_5 = encode(counted_tdx_quote(body_td_1_5));

void check_parsed(const quote& written) {
  const auto parsed = parse_quote(encode(written));
  REQUIRE(parsed);
  CHECK(parsed->header == written.header);
  CHECK(parsed->body_type == written.body_type);
  CHECK(parsed->body == written.body);
  CHECK(parsed->signed_by == written.signed_by);
  CHECK(parsed->signed_bytes == written.signed_bytes);
  CHECK(parsed->trailing_bytes == 0);
}

} // namespace

TEST_SUITE_BEGIN("evidence/tdx/quote");

TEST_CASE("a TDX quote of version 4 parses into its fields, each from its own place") {
  check_parsed(counted_tdx_quote());
  CHECK(version_4[48 + 16] == 0x11);  // MRSEAM where Intel has it
  CHECK(version_4[48 + 136] == 0x21); // MRTD
  CHECK(version_4[48 + 328] == 0x71); // RTMR0
  CHECK(version_4[48 + 520] == 0xb1); // report data
}

TEST_CASE("a TDX quote of version 5 parses with a body of either kind") {
  check_parsed(counted_tdx_quote(body_td_1_0));
  check_parsed(counted_tdx_quote(body_td_1_5));
  CHECK(version_5[54 + 584] == 0xc1); // TEE_TCB_SVN2
  CHECK(version_5[54 + 600] == 0xd1); // MRSERVICETD
}

TEST_CASE("every proper prefix of a TDX quote is refused as truncated") {
  check_prefixes(version_4, parse_quote);
  check_prefixes(version_5, parse_quote);
}

TEST_CASE("a malformed TDX quote is refused at the field that is wrong") {
  const std::string data = "quote.signature_data.";
  check_mutations(version_4,
                  {
                    {0, 3, errc::unsupported, "tdx.quote.version at byte 0"},
                    {0, 6, errc::unsupported, "tdx.quote.version at byte 0"},
                    {2, 1, errc::unsupported, "tdx.quote.attestation_key_type at byte 2"},
                    {4, 0, errc::malformed, "tdx.quote.tee_type at byte 4"}, // SGX
                    {634, 0xff, errc::too_large, "tdx.quote.signature_data at byte 632"},
                    {764, 5, errc::malformed, data + "certification_data.type at byte 128"},
                    {764, 9, errc::unsupported, data + "certification_data.type at byte 128"},
                    {766, 0, errc::trailing, data + "certification_data.size at byte 130"},
                    {767, 9, errc::truncated, data + "certification_data.size at byte 130"},
                    {1224, 6, errc::malformed, data + "certification_data.type at byte 588"},
                  },
                  parse_quote);
  check_mutations(version_5,
                  {
                    {0, 4, errc::too_large, "tdx.quote.signature_data at byte 632"},
                    {48, 1, errc::unsupported, "tdx.quote.body.type at byte 48"}, // SGX
                    {48, 4, errc::unsupported, "tdx.quote.body.type at byte 48"},
                    {48, 2, errc::malformed, "tdx.quote.body.size at byte 50"},
                    {50, 0x48, errc::malformed, "tdx.quote.body.size at byte 50"},
                  },
                  parse_quote);
}

TEST_CASE("an SGX quote is no TDX quote") {
  const auto parsed = parse_quote(encode(counted_sgx_quote()));
  REQUIRE(!parsed);
  CHECK(parsed.error().code == errc::unsupported);
}

TEST_SUITE_END();
