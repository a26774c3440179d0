#include "shared/evidence/sgx/quote.hpp"

#include "tests/support/intel_quotes.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::sgx;

namespace {

const quote written = counted_sgx_quote();
const bytes good = encode(written);
const bytes good_signature = encode(written.signed_by, signature_layout::flat);

constexpr std::size_t qe_report_at = 436 + 128;       // of its first byte
constexpr std::size_t auth_data_at = 436 + 128 + 448; // of its length

result<signature_data> parse_flat(byte_view input) {
  return parse_signature_data(input, signature_layout::flat);
}

} // namespace

TEST_SUITE_BEGIN("evidence/sgx/quote");

TEST_CASE("an SGX quote parses into its fields, each from its own place") {
  const auto parsed = parse_quote(good);
  REQUIRE(parsed);
  CHECK(parsed->header == written.header);
  CHECK(parsed->body == written.body);
  CHECK(parsed->signed_by == written.signed_by);
  CHECK(parsed->signed_bytes == copy(byte_view{good}.first(432)));
  CHECK(parsed->signature_data_bytes == good_signature.size());
  CHECK(parsed->trailing_bytes == 0);
  CHECK(good[48 + 64] == 0x21);  // MRENCLAVE where Intel has it
  CHECK(good[48 + 128] == 0x41); // MRSIGNER
  CHECK(good[48 + 256] == 0x34); // ISVPRODID, little-endian
  CHECK(good[48 + 320] == 0xb1); // report data
}

TEST_CASE("every proper prefix of an SGX quote is refused as truncated") {
  check_prefixes(good, parse_quote);
}

TEST_CASE("a malformed SGX quote is refused at the field that is wrong") {
  const std::string data = "quote.signature_data.";
  check_mutations(
    good,
    {
      {0, 4, errc::unsupported, "sgx.quote.version at byte 0"},
      {2, 0, errc::unsupported, "sgx.quote.attestation_key_type at byte 2"}, // EPID
      {2, 3, errc::unsupported, "sgx.quote.attestation_key_type at byte 2"}, // P-384
      {4, 0x81, errc::malformed, "sgx.quote.tee_type at byte 4"},            // TDX
      {48 + 20, 1, errc::malformed, "sgx.quote.reserved1 at byte 68"},
      {48 + 96, 1, errc::malformed, "sgx.quote.reserved2 at byte 144"},
      {48 + 191, 1, errc::malformed, "sgx.quote.reserved3 at byte 208"},
      {48 + 303, 1, errc::malformed, "sgx.quote.reserved4 at byte 310"},
      {434, 0xff, errc::too_large, "sgx.quote.signature_data at byte 432"},
      {qe_report_at + 20, 1, errc::malformed, data + "reserved1 at byte 148"},
      {auth_data_at + 1, 0x20, errc::too_large, data + "qe_auth_data at byte 576"},
      {auth_data_at + 6, 0, errc::unsupported, data + "certification_data.type at byte 582"},
      {auth_data_at + 6, 8, errc::unsupported, data + "certification_data.type at byte 582"},
      {auth_data_at + 6, 6, errc::malformed, data + "certification_data.type at byte 582"},
      {auth_data_at + 8, 2, errc::trailing, data + "end at byte 590"},
      {auth_data_at + 10, 2, errc::too_large, data + "certification_data at byte 584"},
    },
    parse_quote);
}

TEST_CASE("bytes behind the signature data are counted, and are no part of the quote") {
  auto padded = good;
  padded.insert(padded.end(), 70, 0xa5);
  const auto parsed = parse_quote(padded);
  REQUIRE(parsed);
  CHECK(parsed->trailing_bytes == 70);
  CHECK(parsed->signed_by == written.signed_by);
}

TEST_CASE("every proper prefix of signature data is refused as truncated") {
  check_prefixes(good_signature, parse_flat);
}

TEST_CASE("a byte after signature data is refused as trailing") {
  check_trailing(good_signature, "quote.signature_data.end at byte 591", parse_flat);
}

TEST_SUITE_END();
