#include "shared/codec/cbor_reader.hpp"
#include "shared/codec/cbor_writer.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;

namespace {

// {0: 23, 1: [h'0102', "ab", true, null], 24: -25, "z": {}}
const bytes good = "a4 00 17 01 84 42 0102 62 6162 f5 f6 1818 3818 617a a0"_hex;

struct content {
  std::uint64_t number = 0;
  bytes data;
  std::string text;
  bool flag = false;
  bool had_null = false;
  std::int64_t negative = 0;
};

result<content> parse(byte_view input) {
  codec::cbor_reader in{input, "test"};
  content out;
  {
    codec::cbor_map entries{in};
    out.number = in.unsigned_integer();
    entries.next();
    {
      const codec::cbor_array items{in, 4};
      out.data = copy(in.byte_string());
      out.text = in.text();
      out.flag = in.boolean();
      out.had_null = in.take_null();
      if (!out.had_null)
        in.skip();
    }
    entries.next();
    out.negative = in.integer();
    entries.next();
    in.skip();
  }
  return in.finish(std::move(out));
}

error skip_error(const bytes& input, codec::cbor_form form = codec::cbor_form::canonical) {
  codec::cbor_reader in{input, "test", form};
  in.skip();
  const auto end = in.finish(0);
  return end ? error{errc::internal, "accepted"} : end.error();
}

} // namespace

TEST_SUITE_BEGIN("codec/cbor");

TEST_CASE("a CBOR map parses into its items") {
  const auto read = parse(good);
  REQUIRE(read);
  CHECK(read->number == 23);
  CHECK(read->data == "0102"_hex);
  CHECK(read->text == "ab");
  CHECK(read->flag);
  CHECK(read->had_null);
  CHECK(read->negative == -25);
}

TEST_CASE("every proper prefix of CBOR is refused as truncated, read or passed over") {
  check_prefixes(good, parse);
  for (std::size_t n = 0; n < good.size(); ++n)
    CHECK(name(skip_error(copy(byte_view{good}.first(n))).code) == name(errc::truncated));
}

TEST_CASE("a byte behind CBOR is refused as trailing") {
  check_trailing(good, "test at byte 20", parse);
}

TEST_CASE("an item of another type is refused where it is") {
  check_mutations(
    good,
    {
      {0, 0x84, errc::malformed, "test at byte 0: an array, expected a map"},
      {1, 0x41, errc::malformed, "test at byte 1: a map key that is neither an integer nor text"},
      {2, 0x20, errc::malformed,
       "test at byte 2: a negative integer, expected an unsigned integer"},
      {4, 0xa4, errc::malformed, "test at byte 4: a map, expected an array"},
      {4, 0x85, errc::too_large, "test at byte 4: 5 items, at most 4"},
      {5, 0x62, errc::malformed, "test at byte 5: a text, expected a byte string"},
      {8, 0x42, errc::malformed, "test at byte 8: a byte string, expected a text"},
      {9, 0xff, errc::malformed, "test at byte 8: a text that is not UTF-8"},
      {11, 0x01, errc::malformed, "test at byte 11: an unsigned integer, expected a boolean"},
    },
    parse);
}

TEST_CASE("what is not canonical is malformed, unless any definite form will do") {
  struct row {
    bytes input;
    std::string where;
  };
  const row rows[] = {
    {"1817"_hex, "test at byte 0: not the shortest form"},
    {"1900ff"_hex, "test at byte 0: not the shortest form"},
    {"1a0000ffff"_hex, "test at byte 0: not the shortest form"},
    {"1b00000000ffffffff"_hex, "test at byte 0: not the shortest form"},
    {"3817"_hex, "test at byte 0: not the shortest form"},
    {"580101"_hex, "test at byte 0: not the shortest form"},
    {"7900026162"_hex, "test at byte 0: not the shortest form"},
    {"980101"_hex, "test at byte 0: not the shortest form"},
    {"b8010101"_hex, "test at byte 0: not the shortest form"},
    {"a201010001"_hex, "test at byte 3: a map key twice or out of order"},
    {"a200010001"_hex, "test at byte 3: a map key twice or out of order"},
    {"a22001190100 01"_hex, "test at byte 3: a map key twice or out of order"},
    {"a261610100 01"_hex, "test at byte 4: a map key twice or out of order"},
    {"a2626161 01 6162 01"_hex, "test at byte 5: a map key twice or out of order"},
    {"a26162016161 01"_hex, "test at byte 4: a map key twice or out of order"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.where);
    const auto why = skip_error(row.input);
    CHECK(name(why.code) == name(errc::malformed));
    CHECK(why.where == row.where);
    CHECK(skip_error(row.input, codec::cbor_form::definite).where == "accepted");
  }
}

TEST_CASE("keys ascend as CTAP2 orders them: integers before text, short before long") {
  CHECK(skip_error("a6 00 01 1818 01 190100 01 20 01 61ff 01"_hex).code == errc::malformed);
  CHECK(skip_error("a6 00 01 1818 01 190100 01 20 01 617a 01 626161 01"_hex).where == "accepted");
}

TEST_CASE("what is forbidden in every form is malformed") {
  struct row {
    bytes input;
    std::string where;
  };
  const row rows[] = {
    {"5f4101ff"_hex, "test at byte 0: an indefinite length or undefined value"},
    {"7f6161ff"_hex, "test at byte 0: an indefinite length or undefined value"},
    {"9f01ff"_hex, "test at byte 0: an indefinite length or undefined value"},
    {"bf0101ff"_hex, "test at byte 0: an indefinite length or undefined value"},
    {"8101f7"_hex, "test at byte 2"}, // trailing
    {"f7"_hex, "test at byte 0: an indefinite length or undefined value"},
    {"ff"_hex, "test at byte 0: an indefinite length or undefined value"},
    {"1c"_hex, "test at byte 0: no data item"},
    {"3d"_hex, "test at byte 0: no data item"},
    {"f0"_hex, "test at byte 0: no data item"},
    {"f8ff"_hex, "test at byte 0: no data item"},
    {"c101"_hex, "test at byte 0: a tag"},
    {"61ff"_hex, "test at byte 0: a text that is not UTF-8"},
    {"a161ff01"_hex, "test at byte 1: a map key that is neither an integer nor text"},
    {"a1410101"_hex, "test at byte 1: a map key that is neither an integer nor text"},
  };
  for (const auto form : {codec::cbor_form::canonical, codec::cbor_form::definite})
    for (const auto& row : rows) {
      CAPTURE(row.where);
      CHECK(skip_error(row.input, form).where == row.where);
    }
}

TEST_CASE("a count or a length that cannot be true is refused before anything is made") {
  for (const auto& input :
       {"9bffffffffffffffff"_hex, "bbffffffffffffffff"_hex, "5bffffffffffffffff"_hex,
        "7bffffffffffffffff"_hex, "9a10000000"_hex, "ba10000000"_hex, "8200"_hex, "a200"_hex})
    CHECK(name(skip_error(input).code) == name(errc::truncated));
}

TEST_CASE("items may be nested 64 deep and no deeper") {
  bytes deep(64, 0x81);
  deep.back() = 0x80;
  CHECK(skip_error(deep).where == "accepted");
  deep.insert(deep.begin(), 0x81);
  const auto why = skip_error(deep);
  CHECK(name(why.code) == name(errc::too_large));
  CHECK(why.where == "test at byte 64: nested deeper than 64");
}

TEST_CASE("floating-point numbers can only be passed over") {
  CHECK(skip_error("f93c00"_hex).where == "accepted");
  CHECK(skip_error("fb3ff0000000000000"_hex).where == "accepted");
  const auto number = "f93c00"_hex;
  codec::cbor_reader in{number, "test"};
  (void)in.unsigned_integer();
  REQUIRE(!in.ok());
}

TEST_CASE("integers of more than 63 bits have no sign") {
  const auto input = "1b8000000000000000"_hex;
  codec::cbor_reader in{input, "test"};
  CHECK(in.integer() == 0);
  REQUIRE(!in.ok());
  CHECK(name(in.error().code) == name(errc::too_large));
  codec::cbor_reader again{input, "test"};
  CHECK(again.unsigned_integer() == 0x8000000000000000);
}

TEST_CASE("the bytes of an item can be had from its position") {
  codec::cbor_reader in{good, "test"};
  codec::cbor_map entries{in};
  in.skip();
  entries.next();
  const auto start = in.position();
  in.skip();
  CHECK(copy(in.since(start)) == "84 42 0102 62 6162 f5 f6"_hex);
}

TEST_CASE("what the writer writes is canonical") {
  codec::cbor_writer out;
  out.map(4);
  out.unsigned_integer(0);
  out.unsigned_integer(23);
  out.unsigned_integer(1);
  out.array(4);
  out.byte_string("0102"_hex);
  out.text("ab");
  out.boolean(true);
  out.raw("f6"_hex);
  out.integer(24);
  out.integer(-25);
  out.text("z");
  out.map(0);
  CHECK(out.take() == good);
}

TEST_CASE("the writer takes the shortest header for each number") {
  struct row {
    std::uint64_t value;
    bytes encoded;
  };
  const row rows[] = {
    {0, "00"_hex},
    {23, "17"_hex},
    {24, "1818"_hex},
    {255, "18ff"_hex},
    {256, "190100"_hex},
    {65535, "19ffff"_hex},
    {65536, "1a00010000"_hex},
    {0xffffffff, "1affffffff"_hex},
    {0x100000000, "1b0000000100000000"_hex},
  };
  for (const auto& row : rows) {
    codec::cbor_writer out;
    out.unsigned_integer(row.value);
    CHECK(out.take() == row.encoded);
  }
  codec::cbor_writer out;
  out.tag(98);
  CHECK(out.take() == "d862"_hex);
}

TEST_CASE("the writer never writes what is not UTF-8") {
  codec::cbor_writer out;
  out.text("a\xff");
  CHECK(out.take() == "64 61 efbfbd"_hex);
}

TEST_SUITE_END();
