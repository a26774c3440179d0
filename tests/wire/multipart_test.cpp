#include "shared/wire/multipart.hpp"

#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::testing;
using wire::parse_multipart;

namespace {

const std::string type = "multipart/mixed; boundary=b";
const std::string header
  = "Content-Type: application/pkcs10\r\nContent-Transfer-Encoding: base64\r\n";
const std::string good = "--b\r\n" + header
                         + "\r\nAQID\r\nBA==\r\n\r\n--b\r\n"
                           "content-transfer-encoding: BASE64\r\nX-More: y\r\n"
                           "content-type: Application/Octet-Stream; x=y\r\n\r\n\r\n--b--\r\n";

errc code(const std::string& body, const std::string& of = type, std::size_t most = 8) {
  return refusal(parse_multipart(of, body, most));
}

constexpr auto not_refused = errc::internal;

} // namespace

TEST_SUITE_BEGIN("wire/multipart");

TEST_CASE("a body of several parts is read in their order, each decoded") {
  const auto parts = parse_multipart(type, good, 2);
  REQUIRE(parts);
  REQUIRE(parts->size() == 2);
  CHECK((*parts)[0].media_type == "application/pkcs10");
  CHECK((*parts)[0].content == bytes{1, 2, 3, 4});
  CHECK((*parts)[1].media_type == "application/octet-stream");
  CHECK((*parts)[1].content.empty());
}

TEST_CASE("the boundary is the one that the type of the body names") {
  for (const auto* of : {"multipart/mixed;boundary=b", "Multipart/Mixed; Boundary=\"b\"",
                         "multipart/mixed; charset=x; boundary=b"})
    CHECK(code(good, of) == not_refused);
  CHECK(code(good, "multipart/mixed; boundary=c") == errc::malformed);
  CHECK(code(good, "multipart/form-data; boundary=b") == errc::unsupported);
  for (const auto* of :
       {"multipart/mixed", "multipart/mixed; boundary=", "multipart/mixed; boundary",
        "multipart/mixed; boundary=\"", "multipart/mixed; boundary=b; boundary=b",
        "multipart/mixed; boundary=\"b \"", "multipart/mixed; boundary=b\r\n"})
    CHECK(code(good, of) == errc::malformed);
  CHECK(code(good, "multipart/mixed; boundary=" + std::string(71, 'b')) == errc::malformed);
}

TEST_CASE("every proper prefix of a body is truncated, up to its last line end") {
  for (std::size_t size = 0; size + 2 < good.size(); ++size) {
    CAPTURE(size);
    const auto cut = code(good.substr(0, size));
    // What is left of "\r" or "-" may be anything.
    CHECK((cut == errc::truncated || cut == errc::malformed));
    CHECK(cut != not_refused);
  }
  CHECK(code(good.substr(0, good.size() - 2)) == not_refused);
}

TEST_CASE("what is not a body of parts in base64 is refused") {
  CHECK(code("preamble\r\n" + good) == errc::malformed);
  CHECK(code(good + "x") == errc::trailing);
  CHECK(code("--b--\r\n") == errc::malformed);
  CHECK(code(good, type, 1) == errc::too_large);
  const auto part = [](const std::string& of, const std::string& content) {
    return code("--b\r\n" + of + "\r\n" + content + "\r\n--b--\r\n");
  };
  CHECK(part(header, "AQ==") == not_refused);
  CHECK(part(header, "A Q\t=\r\n=") == not_refused);
  CHECK(part(header, "AQ") == errc::malformed);
  CHECK(part(header, "AR==") == errc::malformed);
  CHECK(part(header, "!!!!") == errc::malformed);
  CHECK(part("Content-Type: a/b\r\n", "AQ==") == errc::unsupported);
  CHECK(part("Content-Type: a/b\r\nContent-Transfer-Encoding: 8bit\r\n", "AQ==")
        == errc::unsupported);
  CHECK(part("Content-Transfer-Encoding: base64\r\n", "AQ==") == errc::malformed);
  CHECK(part(header + "Content-Type: a/b\r\n", "AQ==") == errc::malformed);
  CHECK(part(header + "nothing\r\n", "AQ==") == errc::malformed);
  std::string many = header;
  for (int i = 0; i < 7; ++i)
    many += "X: y\r\n";
  CHECK(part(many, "AQ==") == errc::malformed);
}

TEST_SUITE_END();
