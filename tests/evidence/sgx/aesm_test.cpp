#include "shared/evidence/sgx/aesm.hpp"

#include "tests/support/parser.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::sgx;

namespace {

bytes joined(std::initializer_list<bytes> parts) {
  bytes out;
  for (const auto& part : parts)
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

/// InitQuoteExResponse: no error, a target, room for 32 bytes.
bytes key_answer() {
  return joined({{0x7a, 0x87, 0x04, 0x08, 0x00, 0x12, 0x80, 0x04}, bytes(512, 0x5a), {0x18, 0x20}});
}

/// GetQuoteExResponse: no error, a quote with 4 bytes of signature, 3 bytes behind it.
bytes quote_answer() {
  return joined({{0x8a, 0x01, 0xc0, 0x03, 0x08, 0x00, 0x12, 0xbb, 0x03},
                 bytes(432, 0x5a),
                 {4, 0, 0, 0, 1, 2, 3, 4},
                 bytes(3)});
}

} // namespace

TEST_SUITE_BEGIN("evidence/sgx/aesm");

TEST_CASE("what is asked is a message of protocol buffers, with the id of an ECDSA key") {
  const auto first = write_key_request(0);
  REQUIRE(first.size() == 3 + 3 + 256 + 2);
  CHECK(bytes(first.begin(), first.begin() + 6) == bytes{0x7a, 0x85, 0x02, 0x0a, 0x80, 0x02});
  CHECK(first[6 + 4] == 32); // bytes of the signer's measurement
  CHECK(first[6 + 6] == 0x8c);
  CHECK(first[6 + 54] == 1);  // product
  CHECK(first[6 + 154] == 2); // ECDSA with P-256
  CHECK(bytes(first.end() - 2, first.end()) == bytes{0x18, 0});
  const auto second = write_key_request(300);
  CHECK(bytes(second.end() - 5, second.end()) == bytes{0x18, 1, 0x20, 0xac, 0x02});

  const auto size = write_quote_size_request();
  REQUIRE(size.size() == 4 + 3 + 256);
  CHECK(bytes(size.begin(), size.begin() + 4) == bytes{0x82, 0x01, 0x83, 0x02});

  const auto quote = write_quote_request(bytes(enclave_report_mac_size, 0x5a), 4600);
  REQUIRE(quote.size() == 4 + 3 + 432 + 3 + 256 + 3);
  CHECK(bytes(quote.begin(), quote.begin() + 8)
        == bytes{0x8a, 0x01, 0xb9, 0x05, 0x0a, 0xb0, 0x03, 0x5a});
  CHECK(bytes(quote.end() - 3, quote.end()) == bytes{0x20, 0xf8, 0x23});
}

TEST_CASE("answers say for whom the report must be, how large a quote is, and the quote") {
  const auto key = parse_key_answer(key_answer());
  REQUIRE(key);
  CHECK(key->target_info == bytes(512, 0x5a));
  CHECK(key->key_id_size == 32);
  const auto size = parse_quote_size_answer(bytes{0x82, 0x01, 5, 0x08, 0x00, 0x10, 0xf8, 0x23});
  REQUIRE(size);
  CHECK(*size == 4600);
  const auto quote = parse_quote_answer(quote_answer());
  REQUIRE(quote);
  CHECK(quote->size() == 440); // without what pads it
  CHECK(quote->back() == 4);
}

TEST_CASE("an answer that is none is refused with its code") {
  CHECK(refusal(parse_quote_size_answer(bytes{0x82, 0x01, 2, 0x08, 42})) == errc::unavailable);
  CHECK(refusal(parse_key_answer(quote_answer())) == errc::malformed); // to something else
  CHECK(refusal(parse_key_answer(bytes{})) == errc::malformed);
  CHECK(refusal(parse_key_answer(bytes{0x7a, 0})) == errc::malformed); // no error code
}

TEST_CASE("every proper prefix of an answer is truncated, or says too little") {
  const auto whole = quote_answer();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    const auto code = refusal(parse_quote_answer(byte_view{whole}.first(n)));
    CHECK((code == errc::truncated || code == errc::malformed));
  }
}

TEST_CASE("fields that protocol buffers do not have, or that come twice, are refused") {
  const std::vector<bytes> rows{
    {0x00, 0},                                                          // number 0
    {0x82, 0x01, 4, 0x08, 0, 0x08, 0},                                  // twice
    {0x82, 0x01, 2, 0x0d, 0},                                           // of another type
    {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, // no number
    {0x82, 0x01, 2, 0x08, 0, 0x7a, 0},                                  // two answers
    {0x82, 0x01, 4, 0x08, 0, 0x10, 0x01},                               // too small for a quote
    {0x82, 0x01, 7, 0x08, 0, 0x10, 0xff, 0xff, 0xff, 0x7f}};            // too large
  for (const auto& row : rows) {
    CAPTURE(row.size());
    CHECK(refusal(parse_quote_size_answer(row)) == errc::malformed);
  }
  CHECK(refusal(parse_quote_size_answer(bytes(max_aesm_message + 1))) == errc::too_large);
  auto long_signature = quote_answer();
  long_signature[9 + 432] = 8;
  CHECK(refusal(parse_quote_answer(long_signature)) == errc::truncated);
  auto short_target = key_answer();
  short_target.erase(short_target.begin() + 20);
  short_target[1] = 0x86;
  short_target[6] = 0xff;
  short_target[7] = 0x03;
  CHECK(refusal(parse_key_answer(short_target)) == errc::malformed);
}

TEST_SUITE_END();
