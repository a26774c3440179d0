#include "shared/evidence/ima/ascii.hpp"

#include "shared/evidence/ima/list.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/ima_list.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::ima;

namespace {

const std::string hash_text(40, '1');
const bytes hash(20, 0x11);
const std::string sha1_text = "sha1:" + std::string(40, '4');
const bytes sha1_digest(20, 0x44);

result<bytes> convert(std::string_view text) {
  return binary_from_ascii(to_bytes(text));
}

std::string line(std::string_view name, std::string_view fields) {
  return "10 " + hash_text + ' ' + std::string{name} + ' ' + std::string{fields} + '\n';
}

bytes binary(std::string_view name, const bytes& data) {
  bytes out;
  put_ima_entry(out, 10, hash, name, data);
  return out;
}

bytes join(bytes a, const bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

} // namespace

TEST_SUITE_BEGIN("evidence/ima/ascii");

TEST_CASE("an ASCII list becomes the binary list it was printed from") {
  const auto ng = ima_ng_data("sha1", sha1_digest, "/b x");
  CHECK(*convert(line("ima-ng", sha1_text + " /b x")) == binary("ima-ng", ng));
  CHECK(*convert(line("ima-sig", sha1_text + " /b x 0302"))
        == binary("ima-sig", join(ng, "02000000 0302"_hex)));
  CHECK(*convert(line("ima-sig", sha1_text + " /b "))
        == binary("ima-sig", join(ima_ng_data("sha1", sha1_digest, "/b"), "00000000"_hex)));
  CHECK(*convert(line("ima-buf", sha1_text + " .ima 3082"))
        == binary("ima-buf", join(ima_ng_data("sha1", sha1_digest, ".ima"), "02000000 3082"_hex)));
  CHECK(*convert(line("ima-ngv2", "ima:" + sha1_text + " /b x"))
        == binary("ima-ngv2", ima_ng_data("ima:sha1", sha1_digest, "/b x")));
  CHECK(*convert(line("ima-sigv2", "verity:" + sha1_text + " /b x 06"))
        == binary("ima-sigv2",
                  join(ima_ng_data("verity:sha1", sha1_digest, "/b x"), "01000000 06"_hex)));
}

TEST_CASE("ima-modsig is read from the right, where three fields may be empty") {
  const auto ng = ima_ng_data("sha1", sha1_digest, "/b x");
  CHECK(
    *convert(line("ima-modsig", sha1_text + " /b x 0302 sm3:aabb 3082"))
    == binary("ima-modsig", join(ng, "02000000 0302 07000000 736d333a00aabb 02000000 3082"_hex)));
  CHECK(*convert(line("ima-modsig", sha1_text + " /b x   "))
        == binary("ima-modsig", join(ng, bytes(12, 0))));
}

TEST_CASE("the template ima keeps its own form") {
  auto expected = "0a000000 1111111111111111111111111111111111111111 03000000 696d61"
                  "5555555555555555555555555555555555555555 04000000 2f622078"_hex;
  CHECK(*convert(line("ima", std::string(40, '5') + " /b x")) == expected);
}

TEST_CASE("a PCR below 10 is padded, and the last newline may be missing") {
  const auto list = convert(" 9 " + hash_text + " ima-ng " + sha1_text + " /b");
  REQUIRE(list);
  const auto entries = parse_list(*list);
  REQUIRE(entries);
  REQUIRE(entries->size() == 1);
  CHECK((*entries)[0].pcr == 9);
}

TEST_CASE("lines are converted in their order; no line, no entry") {
  const auto two = line("ima-ng", sha1_text + " /a") + line("ima-ng", sha1_text + " /b");
  const auto list = convert(two);
  REQUIRE(list);
  const auto entries = parse_list(*list);
  REQUIRE(entries);
  REQUIRE(entries->size() == 2);
  CHECK(to_text((*entries)[1].fields.path) == "/b");
  CHECK(convert("")->empty());
}

TEST_CASE("a malformed line is refused with its number") {
  const auto good = line("ima-ng", sha1_text + " /b");
  const std::string bad[] = {
    "\n",
    "10",
    "10 \n",
    "x0 " + hash_text + " ima-ng " + sha1_text + " /b",
    "100 " + hash_text + " ima-ng " + sha1_text + " /b",
    "10 " + hash_text + "11 ima-ng " + sha1_text + " /b",
    "10 " + hash_text.substr(1) + " ima-ng " + sha1_text + " /b",
    "10 " + hash_text + " ima-ng",
    line("ima-ng", sha1_text),
    line("ima-ng", std::string(40, '4') + " /b"),
    line("ima-ng", "sha1:4 /b"),
    line("ima-sig", sha1_text + " /b 030"),
    line("ima-sig", sha1_text + " /b nothex"),
    line("ima-modsig", sha1_text + " /b 03 aabb 30"),
    line("ima", std::string(38, '5') + " /b"),
  };
  for (const auto& text : bad) {
    CAPTURE(text);
    const auto list = convert(good + text);
    REQUIRE(!list);
    CHECK(list.error().code == errc::malformed);
    CHECK(list.error().where == "ima.ascii.line 2");
  }
}

TEST_CASE("a template whose fields we do not know cannot be made again") {
  const auto list = convert(line("evm-sig", sha1_text + " /b"));
  REQUIRE(!list);
  CHECK(list.error().code == errc::unsupported);
  CHECK(list.error().where == "ima.ascii.template 1");
}

TEST_SUITE_END();
