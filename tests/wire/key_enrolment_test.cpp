#include "shared/wire/key_enrolment.hpp"

#include "shared/base/base64.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace troth;
using namespace troth::testing;
using wire::key_place;
using wire::read_key_enrolment;

namespace {

using parts = std::vector<std::pair<std::string, std::string>>; // type, content

constexpr const char* type = "multipart/mixed; boundary=b";
constexpr const char* csr = "application/pkcs10";
constexpr const char* octets = "application/octet-stream";

std::string body(const parts& of) {
  std::string out;
  for (const auto& [media_type, content] : of)
    out += "--b\r\nContent-Type: " + media_type + "\r\nContent-Transfer-Encoding: base64\r\n\r\n"
           + base64(to_bytes(content)) + "\r\n";
  return out + "--b--\r\n";
}

const parts of_file_key{{csr, "C"}, {octets, "{R"}};
const parts of_tpm_key{{csr, "C"},    {octets, "P"},  {octets, "created"}, {octets, "A"},
                       {octets, "S"}, {octets, "AK"}, {octets, "R"}};

} // namespace

TEST_SUITE_BEGIN("wire/key_enrolment");

TEST_CASE("an enrolment of a key in a file is its request and a report") {
  const auto read = read_key_enrolment(key_place::in_file, "id", type, body(of_file_key));
  REQUIRE(read);
  CHECK(read->challenge_id == "id");
  CHECK(read->csr == "C");
  CHECK(read->report.body == "{R");
  CHECK(read->report.media_type == "application/json");
  CHECK(read->report.size_bytes == 2);
  CHECK(read->public_area.empty());
  CHECK(read->of.attest.empty());
  CHECK(read->of.signature.empty());
}

TEST_CASE("an enrolment of a key in a TPM has what the TPM says, in the reference's order") {
  const auto read = read_key_enrolment(key_place::in_tpm, "id", type, body(of_tpm_key));
  REQUIRE(read);
  CHECK(read->csr == "C");
  CHECK(read->public_area == "P");
  CHECK(read->of.attest == "A");
  CHECK(read->of.signature == "S");
  CHECK(read->report.body == "R");
  CHECK(read->report.media_type == "application/cbor");
}

TEST_CASE("an enrolment of other parts is refused") {
  const auto code = [](key_place place, const parts& of) {
    return refusal(read_key_enrolment(place, "id", type, body(of)));
  };
  CHECK(code(key_place::in_file, of_tpm_key) == errc::too_large);
  CHECK(code(key_place::in_tpm, of_file_key) == errc::malformed);
  CHECK(code(key_place::in_file, {{octets, "C"}, {octets, "R"}}) == errc::malformed);
  CHECK(code(key_place::in_file, {{csr, "C"}, {"text/plain", "R"}}) == errc::malformed);
  CHECK(code(key_place::in_file, {{csr, "C"}}) == errc::malformed);
  auto no_area = of_tpm_key;
  no_area[1].second.clear(); // else it would pass for a key in a file
  CHECK(code(key_place::in_tpm, no_area) == errc::malformed);
  CHECK(refusal(read_key_enrolment(key_place::in_file, "id", "text/plain", body(of_file_key)))
        == errc::unsupported);
}

TEST_CASE("the query names one challenge, and nothing else") {
  const std::string id = "00112233445566778899aabbccddeeff";
  CHECK(*wire::read_challenge_query("challenge=" + id) == id);
  CHECK(refusal(wire::read_challenge_query("")) == errc::missing);
  for (const auto& query :
       {"challenge=" + id + "0", "challenge=" + id.substr(1), "challenge=" + id + "&x=y",
        std::string{"challenge=00112233445566778899AABBCCDDEEFF"}, "Challenge=" + id, id,
        std::string{"challenge"}})
    CHECK(refusal(wire::read_challenge_query(query)) == errc::malformed);
}

TEST_CASE("base64 for old clients is in lines of 76 characters") {
  CHECK(wire::write_base64_lines({}) == "");
  CHECK(wire::write_base64_lines(bytes(57, 0)) == std::string(76, 'A') + "\r\n");
  CHECK(wire::write_base64_lines(bytes(58, 0)) == std::string(76, 'A') + "\r\nAA==\r\n");
}

TEST_CASE("a body has room for the largest report in lines of base64") {
  const std::size_t largest = 100'000;
  const parts all{{csr, std::string(16'384, 'c')}, {octets, std::string(largest, 'r')}};
  CHECK(body(all).size() + largest / 57 * 2 < wire::max_key_enrolment_bytes(largest));
}

TEST_SUITE_END();
