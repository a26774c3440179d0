#include "shared/evidence/pe/image.hpp"

#include "tests/support/parser.hpp"
#include "tests/support/pe_image.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using evidence::pe::parse_image;

namespace {

const std::vector<minted_section> two{{".text", bytes(700, 1), 0}, {".linux", bytes(10, 2), 600}};

bytes joined(const std::vector<byte_view>& parts) {
  bytes out;
  for (const auto part : parts)
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

void check_refused(errc code, const std::string& where, const pe_image& spoilt) {
  CAPTURE(where);
  const auto parsed = parse_image(spoilt.content());
  REQUIRE(!parsed);
  CHECK(name(parsed.error().code) == name(code));
  CHECK(parsed.error().where.find(where) != std::string::npos);
}

pe_image spoilt(std::size_t at, std::size_t value, std::size_t size) {
  pe_image out{two};
  out.put(at, value, size);
  return out;
}

} // namespace

TEST_SUITE_BEGIN("evidence/pe/image");

TEST_CASE("an image has its sections, as long as the file and the memory have them") {
  const pe_image minted{two};
  const auto parsed = parse_image(minted.content());
  REQUIRE(parsed);
  REQUIRE(parsed->sections.size() == 2);
  CHECK(parsed->sections[0].name == ".text");
  CHECK(copy(parsed->sections[0].content) == bytes(700, 1)); // without what pads the file
  CHECK(parsed->sections[0].memory_bytes == 700);
  CHECK(parsed->sections[1].name == ".linux");
  CHECK(parsed->sections[1].content.size() == 512);
  CHECK(parsed->sections[1].memory_bytes == 600);
}

TEST_CASE("what is signed is all but the checksum, the certificates and their entry") {
  const pe_image minted{two, to_bytes("behind"), bytes(8, 9)};
  const auto parsed = parse_image(minted.content());
  REQUIRE(parsed);
  auto expected = minted.content();
  expected.resize(expected.size() - 8);
  const auto cut = [&](std::size_t at, std::size_t size) {
    const auto begin = expected.begin() + static_cast<std::ptrdiff_t>(at);
    expected.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
  };
  cut(pe_image::certificates_at, 8);
  cut(pe_image::checksum_at, 4);
  CHECK(joined(parsed->signed_parts) == expected);
}

TEST_CASE("a signature that is added changes nothing that is signed") {
  const pe_image before{two};
  const pe_image after{two, {}, bytes(64, 7)};
  CHECK(joined(parse_image(before.content())->signed_parts)
        == joined(parse_image(after.content())->signed_parts));
}

TEST_CASE("every prefix of an image that lacks a part of it is refused") {
  const auto whole = pe_image{two}.content();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    const auto parsed = parse_image(byte_view{whole}.first(n));
    REQUIRE(!parsed);
    CHECK(parsed.error().code == errc::truncated);
  }
}

TEST_CASE("what contradicts itself is refused with its place") {
  using image = pe_image;
  check_refused(errc::malformed, "pe.dos.magic", spoilt(0, 0, 2));
  check_refused(errc::malformed, "pe.dos.pe_offset", spoilt(0x3c, 0x10, 4));
  check_refused(errc::malformed, "pe.signature", spoilt(image::pe_at, 0, 4));
  check_refused(errc::too_large, "pe.number_of_sections", spoilt(image::pe_at + 6, 97, 2));
  check_refused(errc::malformed, "pe.size_of_optional_header", spoilt(image::pe_at + 20, 100, 2));
  check_refused(errc::malformed, "pe.optional_header.magic", spoilt(image::optional_at, 0x107, 2));
  check_refused(errc::malformed, "pe.number_of_rva_and_sizes",
                spoilt(image::optional_at + 108, 17, 4));
  check_refused(errc::malformed, "pe.size_of_headers", spoilt(image::optional_at + 60, 0x90, 4));
  check_refused(errc::malformed, "pe.section .text: overlaps",
                spoilt(image::sections_at + 20, 0x200, 4));
  check_refused(errc::malformed, "pe.certificate_table",
                spoilt(image::certificates_at + 4, 0xFFFF, 4));
}

TEST_SUITE_END();
