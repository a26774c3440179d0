#include "shared/link/frame.hpp"

#include "tests/support/basp.hpp"

#include <doctest/doctest.h>

using namespace troth;
using link::operation;

namespace {

const link::type_names allowed{"@atom", "@str", "@error", "troth::protocol::hello"};

std::string code(const result<void>& of) {
  return of ? "none" : std::string{name(of.error().code)};
}

} // namespace

TEST_SUITE_BEGIN("link/frame");

TEST_CASE("a header is read field by field") {
  const auto header = testing::frame_header({operation::direct_message, 1, 0x0102030405060708,
                                             0x1112131415161718, 0x2122232425262728},
                                            0x31323334);
  const auto read = link::parse_frame(header);
  REQUIRE(read);
  CHECK(read->what == operation::direct_message);
  CHECK(read->flags == 1);
  CHECK(read->payload_bytes == 0x31323334);
  CHECK(read->data == 0x0102030405060708);
  CHECK(read->source == 0x1112131415161718);
  CHECK(read->destination == 0x2122232425262728);
}

TEST_CASE("what is no header is refused") {
  const auto good = testing::frame_header({}, 0);
  for (std::size_t n = 0; n < good.size(); ++n) {
    CAPTURE(n);
    const auto read = link::parse_frame(byte_view{good}.first(n));
    REQUIRE(!read);
    CHECK(read.error().code == errc::truncated);
  }
  auto longer = good;
  longer.push_back(0);
  CHECK(link::parse_frame(longer).error().code == errc::trailing);
  auto other = good;
  other[0] = 7;
  CHECK(link::parse_frame(other).error().code == errc::unsupported);
  other[0] = 255;
  CHECK(link::parse_frame(other).error().code == errc::unsupported);
  for (const std::size_t padding : {1U, 2U}) {
    auto padded = good;
    padded[padding] = 1;
    CHECK(link::parse_frame(padded).error().code == errc::malformed);
  }
}

TEST_CASE("a server's handshake tells its node and the published actor") {
  const auto payload = testing::server_greeting(testing::a_node(1), 4711);
  const auto read = link::parse_server_handshake(payload);
  REQUIRE(read);
  CHECK(read->from == testing::a_node(1));
  CHECK(read->published == 4711);
  for (std::size_t n = 0; n < payload.size(); ++n) {
    CAPTURE(n);
    const auto cut = link::parse_server_handshake(byte_view{payload}.first(n));
    REQUIRE(!cut);
    CHECK(cut.error().code == errc::truncated);
  }
  auto longer = payload;
  longer.push_back(0);
  CHECK(link::parse_server_handshake(longer).error().code == errc::trailing);
}

TEST_CASE("a false count or length is refused before anything is made of it") {
  auto many = testing::node_bytes(testing::a_node(1));
  testing::append(many, {0xFF, 0xFF, 0xFF, 0xFF, 0x0F});
  CHECK(link::parse_server_handshake(many).error().code == errc::too_large);
  auto endless = testing::node_bytes(testing::a_node(1));
  testing::append(endless, bytes(20, 0xFF));
  CHECK(link::parse_server_handshake(endless).error().code == errc::too_large);
  auto long_name = testing::node_bytes(testing::a_node(1));
  testing::append(long_name, {1, 0x81, 0x20}); // 4097
  CHECK(link::parse_server_handshake(long_name).error().code == errc::too_large);
}

TEST_CASE("a client's handshake is a node and nothing else") {
  auto payload = testing::node_bytes(testing::a_node(1));
  CHECK(*link::parse_client_handshake(payload) == testing::a_node(1));
  payload.push_back(0);
  CHECK(link::parse_client_handshake(payload).error().code == errc::trailing);
  CHECK(link::parse_client_handshake({}).error().code == errc::truncated);
}

TEST_CASE("a message may hold the allowed types only") {
  struct row {
    const char* types;
    const char* expected;
  };
  for (const auto& [types, expected] : std::initializer_list<row>{
         {"@<>", "none"},
         {"@<>+@atom", "none"},
         {"@<>+@atom+troth::protocol::hello", "none"},
         {"@<>+@atom+@charbuf", "forbidden"},
         {"@<>+@charbuf+@atom", "forbidden"},
         {"@<>+@exit", "forbidden"},
         {"@<>+", "forbidden"},
         {"@<>+@atom+", "forbidden"},
         {"@<>+@error+@atom", "forbidden"},
         {"@<>+@atom+@error", "forbidden"},
         {"@<>@atom", "malformed"},
         {"@atom", "malformed"},
         {"", "malformed"},
       }) {
    CAPTURE(types);
    CHECK(code(link::check_message(testing::message_of(types), allowed)) == expected);
  }
}

TEST_CASE("a message has no forwarding stages, no number for its types, and not endless ones") {
  auto staged = testing::message_of("@<>");
  staged[0] = 1;
  CHECK(code(link::check_message(staged, allowed)) == "malformed");
  auto numbered = testing::message_of("@<>");
  numbered[2] = 1;
  CHECK(code(link::check_message(numbered, allowed)) == "malformed");
  CHECK(code(link::check_message(testing::message_of(std::string(1025, 'x')), allowed))
        == "too_large");
  const auto good = testing::message_of("@<>+@atom", {});
  for (std::size_t n = 0; n < good.size(); ++n) {
    CAPTURE(n);
    CHECK(code(link::check_message(byte_view{good}.first(n), allowed)) == "truncated");
  }
}

TEST_CASE("the message in an error is checked, and holds no further error") {
  const auto with = [](const char* context) {
    return code(link::check_message(testing::message_of("@<>+@error", testing::error_with(context)),
                                    allowed));
  };
  CHECK(with("@<>") == "none");
  CHECK(with("@<>+@str") == "none");
  CHECK(with("@<>+@charbuf") == "forbidden");
  CHECK(with("@<>+@error") == "forbidden");
  CHECK(with("@str") == "malformed");
}

TEST_CASE("a down message says who tells whom, and a reason of allowed types") {
  const auto down = [](const char* context) {
    auto out = testing::node_bytes(testing::a_node(1));
    testing::append(out, testing::node_bytes(testing::a_node(2)));
    testing::append(out, testing::error_with(context));
    return link::parse_down_message(out, allowed);
  };
  const auto good = down("@<>");
  REQUIRE(good);
  CHECK(good->from == testing::a_node(1));
  CHECK(good->to == testing::a_node(2));
  CHECK(down("@<>+@charbuf").error().code == errc::forbidden);
}

TEST_SUITE_END();
