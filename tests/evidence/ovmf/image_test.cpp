#include "shared/evidence/ovmf/image.hpp"

#include "tests/support/ovmf_image.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::ovmf;

namespace {

constexpr auto snp_first = ovmf_image::snp_sections_at;
constexpr auto tdx_first = ovmf_image::tdx_sections_at;

/// A value in a good image overwritten, and how that must be refused.
struct spoilt {
  std::size_t at;
  std::uint64_t put;
  std::size_t size;
  errc code;
  std::string where;
};

template <class Parse>
void check_refused(const spoilt& how, Parse parse) {
  CAPTURE(how.at);
  CAPTURE(how.where);
  ovmf_image minted;
  minted.put(how.at, how.put, how.size);
  const auto parsed = parse(minted.content());
  REQUIRE(!parsed);
  CHECK(name(parsed.error().code) == name(how.code));
  CHECK(parsed.error().where == how.where);
}

auto snp_sections(byte_view content) {
  return parse_snp_sections(*parse_image(content));
}

auto tdx_sections(byte_view content) {
  return parse_tdx_sections(*parse_image(content));
}

} // namespace

TEST_SUITE_BEGIN("evidence/ovmf/image");

TEST_CASE("an image has what its tables say") {
  const ovmf_image minted;
  const auto parsed = parse_image(minted.content());
  REQUIRE(parsed);
  CHECK(parsed->address() == 0xffffe000);
  CHECK(parsed->reset_address == 0x0080b004);
  CHECK(parsed->hashes_address == 0x810c00);
  const auto snp = parse_snp_sections(*parsed);
  REQUIRE(snp);
  REQUIRE(snp->size() == 6);
  CHECK(snp->front().address == 0x800000);
  CHECK(snp->front().size == 0x9000);
  CHECK(snp->front().kind == snp_section_kind::memory);
  CHECK(snp->at(4).kind == snp_section_kind::kernel_hashes);
  const auto tdx = parse_tdx_sections(*parsed);
  REQUIRE(tdx);
  REQUIRE(tdx->size() == 5);
  const auto& firmware = tdx->front();
  CHECK(firmware.address == 0xffffe000);
  CHECK(firmware.size == 0x2000);
  CHECK(firmware.content.data() == parsed->content.data());
  CHECK(firmware.content.size() == 0x2000);
  CHECK(tdx->at(1).content.size() == 0x1000);
  CHECK(firmware.kind == tdx_section_kind::boot_firmware);
  CHECK(firmware.is_measured);
  CHECK(!firmware.is_later);
  CHECK(tdx->at(4).is_later);
  CHECK(!tdx->at(4).is_measured);
}

TEST_CASE("what the table does not name is not there") {
  ovmf_image minted;
  for (std::size_t n = 0; n < 4; ++n)
    minted.put(ovmf_image::entry_at(n) + 2, 0, 8);
  const auto parsed = parse_image(minted.content());
  REQUIRE(parsed);
  CHECK(!parsed->reset_address);
  CHECK(!parsed->hashes_address);
  const auto snp = parse_snp_sections(*parsed);
  REQUIRE(!snp);
  CHECK(snp.error().code == errc::missing);
  const auto tdx = parse_tdx_sections(*parsed);
  REQUIRE(!tdx);
  CHECK(tdx.error().code == errc::missing);
}

TEST_CASE("an image is of whole pages, within limits") {
  const auto whole = ovmf_image{}.content();
  const auto code = [](byte_view input) {
    const auto parsed = parse_image(input);
    return parsed ? errc::internal : parsed.error().code;
  };
  for (const std::size_t n : {0UL, 1UL, 4095UL})
    CHECK(code(byte_view{whole}.first(n)) == errc::truncated);
  CHECK(code(byte_view{whole}.first(4096)) == errc::malformed); // no table at its end
  CHECK(code(byte_view{whole}.first(whole.size() - 1)) == errc::malformed);
  bytes large(max_image - whole.size());
  large.insert(large.end(), whole.begin(), whole.end());
  CHECK(parse_image(large));
  large.insert(large.begin(), page_size, 0);
  CHECK(code(large) == errc::too_large);
}

TEST_CASE("a table that contradicts itself is refused with its place") {
  using image = ovmf_image;
  const spoilt rows[] = {
    {image::footer_at + 2, 0, 1, errc::malformed, "ovmf.table: not there"},
    {image::footer_at, 17, 2, errc::malformed, "ovmf.table.size"},
    {image::footer_at, 0x3000, 2, errc::malformed, "ovmf.table.size"},
    {image::footer_at, 18 + 17, 2, errc::malformed, "ovmf.table.entry"},
    {image::entry_at(1), 17, 2, errc::malformed, "ovmf.table.entry.size"},
    {image::entry_at(1), 1000, 2, errc::malformed, "ovmf.table.entry.size"},
    {image::entry_at(4), 18, 2, errc::malformed, "ovmf.table.entry"},
  };
  for (const auto& row : rows)
    check_refused(row, parse_image);
}

TEST_CASE("an entry stands in the table once, with its value") {
  ovmf_image twice;
  twice.put(ovmf_image::entry_at(4) + 2, *from_hex("35657ae44a989847865e4685a7bf8ec2"));
  const auto parsed = parse_image(twice.content());
  REQUIRE(!parsed);
  CHECK(parsed.error().code == errc::malformed);
  CHECK(parsed.error().where == "ovmf.table: two of 35657ae44a989847865e4685a7bf8ec2");
  ovmf_image short_one; // the last one begins the table: it can lose its value
  short_one.put(ovmf_image::entry_at(4), 18, 2);
  short_one.put(ovmf_image::footer_at, 18 + 4 * 22 + 18, 2);
  CHECK(parse_image(short_one.content())); // nobody reads that one
  short_one.put(ovmf_image::entry_at(0) + 2, 0, 8);
  short_one.put(ovmf_image::entry_at(4) + 2, *from_hex("de71f7007e1acb4f890e68c77e2fb44e"));
  const auto refused = parse_image(short_one.content());
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::malformed);
  CHECK(refused.error().where == "ovmf.table: too short: de71f7007e1acb4f890e68c77e2fb44e");
}

TEST_CASE("metadata for SEV-SNP that contradicts itself is refused with its place") {
  using image = ovmf_image;
  const spoilt rows[] = {
    {image::entry_at(2) - 4, image::size + 1, 4, errc::malformed, "ovmf.snp.offset"},
    {image::entry_at(2) - 4, 0, 4, errc::truncated, "ovmf.snp.signature at byte 0"},
    {image::snp_at, 0, 1, errc::malformed, "ovmf.snp.signature at byte 0"},
    {image::snp_at + 4, 87, 4, errc::malformed, "ovmf.snp.length at byte 12"},
    {image::snp_at + 8, 2, 4, errc::unsupported, "ovmf.snp.version at byte 8"},
    {image::snp_at + 12, 65, 4, errc::too_large, "ovmf.snp.count at byte 12"},
    {image::snp_at + 12, 5, 4, errc::malformed, "ovmf.snp.length at byte 12"},
    {image::entry_at(2) - 4, 0x10, 4, errc::malformed, "ovmf.snp.signature at byte 0"},
    {snp_first, 0x800001, 4, errc::malformed, "ovmf.snp.section.address at byte 0"},
    {snp_first + 4, 0, 4, errc::malformed, "ovmf.snp.section.size at byte 4"},
    {snp_first + 4, 0x9001, 4, errc::malformed, "ovmf.snp.section.size at byte 4"},
    {snp_first + 4, max_section_bytes + page_size, 4, errc::too_large,
     "ovmf.snp.section.size at byte 4"},
    {snp_first + 8, 5, 4, errc::unsupported, "ovmf.snp.section.kind at byte 8"},
    {snp_first + 12 + 8, 0, 4, errc::unsupported, "ovmf.snp.section.kind at byte 20"},
  };
  for (const auto& row : rows)
    check_refused(row, snp_sections);
}

TEST_CASE("metadata for one kind of guest says nothing of another's") {
  ovmf_image minted;
  minted.put(ovmf_image::tdx_at, 0, 1);
  CHECK(snp_sections(minted.content()));
  CHECK(!tdx_sections(minted.content()));
}

TEST_CASE("metadata for TDX that contradicts itself is refused with its place") {
  using image = ovmf_image;
  const std::string section = "ovmf.tdx.section.";
  const spoilt rows[] = {
    {image::entry_at(3) - 4, image::size + 1, 4, errc::malformed, "ovmf.tdx.offset"},
    {image::tdx_at + 8, 0, 4, errc::unsupported, "ovmf.tdx.version at byte 8"},
    {tdx_first, image::size + 1, 4, errc::malformed, section + "raw_data_size at byte 4"},
    {tdx_first, 0x1001, 4, errc::malformed, section + "raw_data_size at byte 4"},
    {tdx_first + 8, 0xfffff001, 8, errc::malformed, section + "memory_address at byte 8"},
    {tdx_first + 8, ~std::uint64_t{0xfff}, 8, errc::malformed,
     section + "memory_data_size at byte 16"},
    {tdx_first + 16, 0, 8, errc::malformed, section + "memory_data_size at byte 16"},
    {tdx_first + 16, 0x1001, 8, errc::malformed, section + "memory_data_size at byte 16"},
    {tdx_first + 16, max_section_bytes + page_size, 8, errc::too_large,
     section + "memory_data_size at byte 28"},
    {tdx_first + 24, 5, 4, errc::unsupported, section + "type at byte 24"},
    {tdx_first + 24, 2, 4, errc::malformed, section + "type at byte 24"},
    {tdx_first + 2 * 32 + 24, 0, 4, errc::malformed, section + "type at byte 88"},
    {tdx_first + 28, 4, 4, errc::unsupported, section + "attributes at byte 28"},
    {tdx_first + 28, 3, 4, errc::malformed, section + "attributes at byte 28"},
  };
  for (const auto& row : rows)
    check_refused(row, tdx_sections);
}

TEST_SUITE_END();
