#include "shared/evidence/ima/list.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/ima_list.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::ima;

namespace {

// Written by hand from Linux, ima_measurements_show; one line for each field.
const bytes entry_ng = "0a000000"                                 // PCR 10
                       "1111111111111111111111111111111111111111" // template hash
                       "06000000 696d612d6e67"                    // ima-ng
                       "27000000"                                 // template data
                       "1a000000 73686131 3a 00 4444444444444444444444444444444444444444"
                       "05000000 2f 62 20 78 00"_hex; // "/b x"
const bytes entry_ima = "0a000000"
                        "0000000000000000000000000000000000000000" // a violation
                        "03000000 696d61"                          // ima
                        "5555555555555555555555555555555555555555"
                        "02000000 2f61"_hex; // "/a"

const bytes good = [] {
  auto out = entry_ng;
  out.insert(out.end(), entry_ima.begin(), entry_ima.end());
  return out;
}();

const bytes hash(20, 0x77);

} // namespace

TEST_SUITE_BEGIN("evidence/ima/list");

TEST_CASE("a list parses into its entries") {
  const auto list = parse_list(good);
  REQUIRE(list);
  REQUIRE(list->size() == 2);
  const auto& first = (*list)[0];
  CHECK(first.pcr == 10);
  CHECK(copy(first.template_hash) == bytes(20, 0x11));
  CHECK(to_text(first.template_name) == "ima-ng");
  CHECK(first.fields.kind == template_kind::ima_ng);
  CHECK(to_text(first.fields.path) == "/b x");
  CHECK(!first.is_violation());
  CHECK(first.offset == 0);
  CHECK(first.size_bytes == entry_ng.size());
  const auto& second = (*list)[1];
  CHECK(second.fields.kind == template_kind::ima);
  CHECK(to_text(second.fields.path) == "/a");
  CHECK(second.is_violation());
  CHECK(second.offset == entry_ng.size());
  CHECK(second.size_bytes == entry_ima.size());
}

TEST_CASE("an empty list is a list without entries") {
  const auto list = parse_list({});
  REQUIRE(list);
  CHECK(list->empty());
}

TEST_CASE("the hashed bytes are the template data as it stands, but for ima padded") {
  const auto list = parse_list(good);
  REQUIRE(list);
  CHECK((*list)[0].template_data() == bytes(entry_ng.end() - 39, entry_ng.end()));
  bytes padded(276, 0);
  std::fill_n(padded.begin(), 20, std::uint8_t{0x55});
  padded[20] = '/';
  padded[21] = 'a';
  CHECK((*list)[1].template_data() == padded);
  for (const auto& entry : *list) {
    const auto data = entry.template_data();
    const auto again = parse_template(to_text(entry.template_name), data);
    REQUIRE(again);
    CHECK(copy(again->path) == copy(entry.fields.path));
    CHECK(copy(again->file_digest.value) == copy(entry.fields.file_digest.value));
  }
}

TEST_CASE("an entry of an unknown template keeps its raw data") {
  bytes list;
  put_ima_entry(list, 13, hash, "my-template", "0102"_hex);
  const auto entries = parse_list(list);
  REQUIRE(entries);
  REQUIRE(entries->size() == 1);
  CHECK((*entries)[0].pcr == 13);
  CHECK((*entries)[0].fields.kind == template_kind::unknown);
  CHECK((*entries)[0].template_data() == "0102"_hex);
}

TEST_CASE("a list that ends inside an entry is truncated") {
  for (std::size_t n = 1; n < good.size(); ++n) {
    if (n == entry_ng.size())
      continue;
    CAPTURE(n);
    const auto list = parse_list(byte_view{good}.first(n));
    REQUIRE(!list);
    CHECK(list.error().code == errc::truncated);
  }
}

TEST_CASE("a reader gives the entries in front of a fault, and where they end") {
  list_reader in{byte_view{good}.first(good.size() - 1)};
  auto next = in.next();
  REQUIRE(next);
  CHECK((*next)->pcr == 10);
  CHECK(in.position() == entry_ng.size());
  for (int again = 0; again < 2; ++again) {
    next = in.next();
    REQUIRE(!next);
    CHECK(next.error().code == errc::truncated);
    CHECK(in.position() == entry_ng.size());
  }
}

TEST_CASE("a malformed list is refused at the field that is wrong") {
  check_mutations(
    good,
    {
      {25, 0x01, errc::too_large, "ima.template_name at byte 24"},
      {36, 0x02, errc::too_large, "ima.template_data at byte 34"},
      {47, 0x01, errc::malformed, "ima.template.digest at byte 4, of the entry at byte 0"},
      {76, 0x01, errc::malformed, "ima.template.path at byte 34, of the entry at byte 0"},
      {129, 0x01, errc::too_large, "ima.path at byte 128"},
      {132, 0x00, errc::malformed, "ima.path at byte 132"},
    },
    parse_list);
}

TEST_CASE("a list is refused above its limits, and accepted at them") {
  bytes small;
  put_ima_entry(small, 10, hash, "x", {});
  bytes many;
  many.reserve(small.size() * (max_entries + 1));
  for (std::size_t i = 0; i < max_entries; ++i)
    many.insert(many.end(), small.begin(), small.end());
  list_reader in{many};
  std::size_t count = 0;
  while (true) {
    const auto next = in.next();
    REQUIRE(next);
    if (!*next)
      break;
    ++count;
  }
  CHECK(count == max_entries);
  many.insert(many.end(), small.begin(), small.end());
  CHECK(parse_list(many).error().code == errc::too_large);

  bytes long_name;
  put_ima_entry(long_name, 10, hash, std::string(255, 'n'), {});
  CHECK(parse_list(long_name));
  bytes longer_name;
  put_ima_entry(longer_name, 10, hash, std::string(256, 'n'), {});
  CHECK(parse_list(longer_name).error().code == errc::too_large);
}

TEST_SUITE_END();
