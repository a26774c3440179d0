#include "shared/evidence/ima/template.hpp"

#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::ima;

namespace {

// Written by hand from Linux's IMA-templates.rst; one line for each field.
const bytes sha1_digest(20, 0x44);

const bytes ima_ng = "1a000000 73686131 3a 00 4444444444444444444444444444444444444444" // sha1:
                     "05000000 2f 62 20 78 00"_hex;                                     // "/b x"
const bytes ima_sig = [] {
  auto out = ima_ng;
  const auto signature = "03000000 030204"_hex;
  out.insert(out.end(), signature.begin(), signature.end());
  return out;
}();
const bytes ima_modsig = [] {
  auto out = ima_sig;
  const auto module = "09000000 736d33 3a 00 aabbccdd" // sm3:
                      "02000000 3082"_hex;
  out.insert(out.end(), module.begin(), module.end());
  return out;
}();
const bytes ima_ngv2 = "21000000 766572697479 3a 73686131 3a 00" // verity:sha1:
                       "4444444444444444444444444444444444444444"
                       "02000000 2f 00"_hex;
const bytes ima = [] {
  bytes out(20, 0x55);
  out.push_back('/');
  out.push_back('a');
  out.resize(20 + 256, 0);
  return out;
}();

auto parser(std::string_view name) {
  return [name](byte_view data) { return parse_template(name, data); };
}

} // namespace

TEST_SUITE_BEGIN("evidence/ima/template");

TEST_CASE("ima-ng has a named digest and a path") {
  const auto fields = parse_template("ima-ng", ima_ng);
  REQUIRE(fields);
  CHECK(fields->kind == template_kind::ima_ng);
  CHECK(to_text(fields->file_digest.algorithm_name) == "sha1");
  CHECK(fields->file_digest.algorithm == hash_algorithm::sha1);
  CHECK(copy(fields->file_digest.value) == sha1_digest);
  CHECK(!fields->file_digest.is_verity);
  CHECK(to_text(fields->path) == "/b x");
  CHECK(fields->signature.empty());
}

TEST_CASE("ima-sig and ima-sigv2 have a signature besides, which may be empty") {
  const auto fields = parse_template("ima-sig", ima_sig);
  REQUIRE(fields);
  CHECK(copy(fields->signature) == "030204"_hex);
  auto unsigned_file = ima_ng;
  unsigned_file.insert(unsigned_file.end(), 4, 0);
  const auto none = parse_template("ima-sig", unsigned_file);
  REQUIRE(none);
  CHECK(none->signature.empty());
  auto second = ima_ngv2;
  const auto signature = "01000000 06"_hex;
  second.insert(second.end(), signature.begin(), signature.end());
  const auto sigv2 = parse_template("ima-sigv2", second);
  REQUIRE(sigv2);
  CHECK(copy(sigv2->signature) == "06"_hex);
}

TEST_CASE("ima-modsig has a second digest and an appended signature, or neither") {
  const auto fields = parse_template("ima-modsig", ima_modsig);
  REQUIRE(fields);
  CHECK(to_text(fields->module_digest.algorithm_name) == "sm3");
  CHECK(!fields->module_digest.algorithm);
  CHECK(copy(fields->module_digest.value) == "aabbccdd"_hex);
  CHECK(copy(fields->module_signature) == "3082"_hex);
  auto without = ima_sig;
  without.insert(without.end(), 8, 0);
  const auto neither = parse_template("ima-modsig", without);
  REQUIRE(neither);
  CHECK(neither->module_digest.value.empty());
  CHECK(neither->module_signature.empty());
}

TEST_CASE("ima-buf has the buffer that was hashed") {
  const auto fields = parse_template("ima-buf", ima_sig);
  REQUIRE(fields);
  CHECK(copy(fields->buffer) == "030204"_hex);
  CHECK(fields->signature.empty());
}

TEST_CASE("ima-ngv2 says whether fs-verity made the digest") {
  const auto fields = parse_template("ima-ngv2", ima_ngv2);
  REQUIRE(fields);
  CHECK(fields->file_digest.is_verity);
  CHECK(fields->file_digest.algorithm == hash_algorithm::sha1);
  CHECK(copy(fields->file_digest.value) == sha1_digest);
  auto plain = "1e000000 696d61 3a 73686131 3a 00"
               "4444444444444444444444444444444444444444 02000000 2f 00"_hex;
  const auto file = parse_template("ima-ngv2", plain);
  REQUIRE(file);
  CHECK(!file->file_digest.is_verity);
  plain[4] = 'x';
  CHECK(parse_template("ima-ngv2", plain).error().code == errc::malformed);
  CHECK(parse_template("ima-ngv2", ima_ng).error().code == errc::malformed);
  CHECK(parse_template("ima-ng", ima_ngv2).error().code == errc::malformed);
}

TEST_CASE("ima has a bare SHA-1 digest and a padded path") {
  const auto fields = parse_template("ima", ima);
  REQUIRE(fields);
  CHECK(fields->kind == template_kind::ima);
  CHECK(to_text(fields->file_digest.algorithm_name) == "sha1");
  CHECK(copy(fields->file_digest.value) == bytes(20, 0x55));
  CHECK(to_text(fields->path) == "/a");
}

TEST_CASE("the path of ima ends in zeros and nothing else") {
  auto dirty = ima;
  dirty.back() = 1;
  CHECK(parse_template("ima", dirty).error().code == errc::malformed);
  bytes full(20 + 256, 'x');
  CHECK(parse_template("ima", full).error().code == errc::malformed);
  full.back() = 0;
  CHECK(parse_template("ima", full));
}

TEST_CASE("an unknown template has no fields we know, whatever its data") {
  for (const auto* name : {"", "ima-", "IMA", "d-ng|n-ng", "evm-sig"}) {
    const auto fields = parse_template(name, "00ff"_hex);
    REQUIRE(fields);
    CHECK(fields->kind == template_kind::unknown);
    CHECK(fields->path.empty());
    CHECK(fields->file_digest.value.empty());
  }
}

TEST_CASE("every proper prefix of template data is refused as truncated") {
  check_prefixes(ima, parser("ima"));
  check_prefixes(ima_ng, parser("ima-ng"));
  check_prefixes(ima_sig, parser("ima-sig"));
  check_prefixes(ima_sig, parser("ima-buf"));
  check_prefixes(ima_modsig, parser("ima-modsig"));
  check_prefixes(ima_ngv2, parser("ima-ngv2"));
}

TEST_CASE("malformed template data is refused at the field that is wrong") {
  check_mutations(ima_ng,
                  {
                    {0, 0x19, errc::malformed, "ima.template.digest at byte 4"},
                    {2, 0x02, errc::too_large, "ima.template.digest at byte 0"},
                    {4, 'S', errc::malformed, "ima.template.digest at byte 4"},
                    {8, ';', errc::malformed, "ima.template.digest at byte 4"},
                    {9, 0x01, errc::malformed, "ima.template.digest at byte 4"},
                    {30, 0x00, errc::malformed, "ima.template.path at byte 34"},
                    {32, 0x02, errc::too_large, "ima.template.path at byte 30"},
                    {36, 0x00, errc::malformed, "ima.template.path at byte 34"},
                    {38, 0x01, errc::malformed, "ima.template.path at byte 34"},
                  },
                  parser("ima-ng"));
  check_mutations(ima_modsig,
                  {
                    {41, 0x02, errc::too_large, "ima.template.signature at byte 39"},
                    {53, 0x01, errc::malformed, "ima.template.module_digest at byte 50"},
                    {61, 0x02, errc::too_large, "ima.template.module_signature at byte 59"},
                  },
                  parser("ima-modsig"));
}

TEST_CASE("a byte behind template data is refused as trailing") {
  check_trailing(ima, "ima.template.end at byte 276", parser("ima"));
  check_trailing(ima_ng, "ima.template.end at byte 39", parser("ima-ng"));
  check_trailing(ima_modsig, "ima.template.end at byte 65", parser("ima-modsig"));
}

TEST_CASE("template data above the limit is refused") {
  CHECK(parse_template("other", bytes(max_template_data, 0)));
  CHECK(parse_template("other", bytes(max_template_data + 1, 0)).error().code == errc::too_large);
}

TEST_SUITE_END();
