#include "shared/wire/atls.hpp"

#include "shared/base/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
namespace atls = troth::wire::atls;
using report::encoding;

namespace {

template <class Message>
std::string refusal(const std::string& text) {
  const auto got = atls::read<Message>(to_bytes(text));
  return got ? "none" : to_string(got.error());
}

template <class Message>
std::string body(const Message& from, encoding as) {
  const auto frame = atls::write_frame(from, as);
  const auto rest = byte_view{frame}.subspan(atls::frame_header_bytes);
  CHECK(atls::length_in(frame) == rest.size());
  return as == encoding::json ? to_text(rest) : hex(rest);
}

} // namespace

TEST_SUITE_BEGIN("wire/atls");

TEST_CASE("messages are written as the reference does") {
  const atls::request asked{atls::mode::server, {"aa", "bb"}};
  CHECK(body(asked, encoding::json) == R"({"version":"1.3.0","attest":2,"cached":["aa","bb"]})");
  CHECK(body(asked, encoding::cbor) == "a30065312e332e3001020282626161626262");
  CHECK(body(atls::request{atls::mode::mutual, {}, atls::renewal_version}, encoding::json)
        == R"({"version":"1.3.0","attest":0,"trothRenewal":1})"); // ours, behind the reference's
  CHECK(body(atls::request{atls::mode::mutual, {}, atls::renewal_version}, encoding::cbor)
        == "a30065312e332e300100184001");
  const atls::response answer{{}, to_bytes("report")};
  CHECK(body(answer, encoding::json) == R"({"version":"1.3.0","report":"cmVwb3J0"})");
  CHECK(body(answer, encoding::cbor) == "a20065312e332e3002467265706f7274");
  CHECK(body(atls::response{}, encoding::json) == R"({"version":"1.3.0"})");
  CHECK(body(atls::response{"no TPM", {}}, encoding::cbor) == "a20065312e332e3001666e6f2054504d");
  CHECK(body(atls::complete{true, {}}, encoding::json) == R"({"version":"1.3.0","success":true})");
  CHECK(body(atls::complete{false, "no"}, encoding::cbor) == "a30065312e332e3001f402626e6f");
}

TEST_CASE("a challenge has the one length that it can have") {
  const auto refused = [](std::size_t size) {
    const auto frame = atls::write_frame(atls::demand{bytes(size, 7), {"aa"}}, encoding::cbor);
    const auto read = atls::read<atls::demand>(byte_view{frame}.subspan(atls::frame_header_bytes));
    return read ? "none" : to_string(read.error());
  };
  CHECK(refused(32) == "none");
  CHECK(refused(31).starts_with("malformed: aTLS demand.challenge"));
  CHECK(refused(33).starts_with("too_large: aTLS demand.challenge"));
  CHECK(refusal<atls::demand>(R"({"version":"1.3.0"})") == "missing: aTLS demand.challenge");
}

TEST_CASE("what was written is read again, in either encoding") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto read = [&]<class Message>(const Message& from) {
      const auto frame = atls::write_frame(from, as);
      return atls::read<Message>(byte_view{frame}.subspan(atls::frame_header_bytes));
    };
    const auto asked = read(atls::request{atls::mode::none, {"aa"}});
    REQUIRE(asked);
    CHECK(asked->attest == atls::mode::none);
    CHECK(asked->cached == std::vector<std::string>{"aa"});
    const auto answer = read(atls::response{{}, to_bytes("r")});
    REQUIRE(answer);
    CHECK(answer->report == to_bytes("r"));
    const auto end = read(atls::complete{false, "why"});
    REQUIRE(end);
    CHECK(!end->success);
    CHECK(end->error == "why");
  }
}

TEST_CASE("members of other versions are passed over") {
  CHECK(
    refusal<atls::request>(R"({"version":"1.3.0","attest":0,"extendedReport":true,"cached":null})")
    == "none");
}

TEST_CASE("what is no message of this version is refused") {
  CHECK(refusal<atls::request>("") == "truncated: aTLS request at byte 0");
  CHECK(refusal<atls::request>("x") == "malformed: aTLS request at byte 0: neither JSON nor CBOR");
  CHECK(refusal<atls::request>(R"({"attest":0})").starts_with("missing: aTLS request.version"));
  CHECK(refusal<atls::request>(R"({"version":"1.0.0","attest":0})")
          .starts_with("unsupported: aTLS request.version"));
  CHECK(
    refusal<atls::request>(R"({"version":"1.3.0"})").starts_with("missing: aTLS request.attest"));
  CHECK(refusal<atls::request>(R"({"version":"1.3.0","attest":4})")
          .starts_with("unsupported: aTLS request.attest"));
  CHECK(refusal<atls::request>(R"({"version":"1.3.0","attest":-1})")
          .starts_with("malformed: aTLS request.attest"));
  CHECK(refusal<atls::complete>(R"({"version":"1.3.0"})")
          .starts_with("missing: aTLS complete.success"));
  CHECK(refusal<atls::complete>(R"({"version":"1.3.0","success":true} )") == "none");
  CHECK(refusal<atls::complete>(R"({"version":"1.3.0","success":true}{)")
          .starts_with("trailing: aTLS complete"));
}

TEST_CASE("a message that contradicts itself is refused") {
  CHECK(refusal<atls::complete>(R"({"version":"1.3.0","success":true,"error":"but"})")
        == "malformed: aTLS complete.error: beside its contrary");
  CHECK(refusal<atls::response>(R"({"version":"1.3.0","error":"no","report":"cg=="})")
        == "malformed: aTLS response.error: beside its contrary");
}

TEST_CASE("JSON of more values than a message has is not parsed") {
  std::string many = R"({"version":"1.3.0","attest":0,"cached":[)";
  for (int n = 0; n < 9000; ++n)
    many += R"("",)";
  CHECK(refusal<atls::request>(many + R"("")" + "]}")
        == "too_large: aTLS request: more than 8192 values");
}

TEST_CASE("every prefix of a message is refused") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto frame = atls::write_frame(atls::request{atls::mode::mutual, {"aa"}}, as);
    const auto whole = byte_view{frame}.subspan(atls::frame_header_bytes);
    for (std::size_t size = 0; size < whole.size(); ++size)
      CHECK(!atls::read<atls::request>(whole.first(size)));
  }
}

TEST_SUITE_END();
