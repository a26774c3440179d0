#include "shared/endorsement/key_names.hpp"

#include "tests/support/minted_request.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace troth;
using namespace troth::testing;
using endorsement::key_names;

namespace {

using list = std::vector<std::string>;

/// Asks for names; `alternatives` in OpenSSL's form.
crypto::certificate_request asking(const std::string& common_name,
                                   const std::string& alternatives) {
  static const auto key = *crypto::private_key::generate(crypto::key_kind::p256);
  request_content content{{}, {}};
  if (!common_name.empty())
    content.subject = {{NID_commonName, common_name}};
  if (!alternatives.empty())
    content.extensions = {{NID_subject_alt_name, alternatives}};
  const auto read = crypto::certificate_request::from_der(mint_request(key, content));
  REQUIRE(read);
  return *read;
}

bool allows(const list& hosts, const list& addresses, const crypto::certificate_request& asked,
            const std::string& machine = {}) {
  const auto names = key_names::make(hosts, addresses);
  REQUIRE(names);
  const auto checked = names->check(asked, machine);
  if (!checked)
    CHECK(checked.error().code == errc::forbidden);
  return checked.has_value();
}

bool allows_host(const std::string& listed, const std::string& host,
                 const std::string& machine = {}) {
  const auto as_alternative = allows({listed}, {}, asking({}, "DNS:" + host), machine);
  CHECK(allows({listed}, {}, asking(host, {}), machine) == as_alternative);
  return as_alternative;
}

} // namespace

TEST_SUITE_BEGIN("endorsement/key_names");

TEST_CASE("nothing is certified that is not listed") {
  CHECK(!allows({}, {}, asking("machine", {}), "machine"));
  CHECK(!allows({}, {}, asking({}, "IP:192.0.2.1"), "machine"));
  CHECK(!allows_host("a.example", "example"));
  CHECK(!allows_host("a.example", "b.a.example"));
  CHECK(allows_host("a.example", "a.example"));
  CHECK(allows_host("A.Example", "a.EXAMPLE"));
}

TEST_CASE("one name that is not listed spoils all") {
  CHECK(allows({"a", "b"}, {"192.0.2.1"}, asking("a", "DNS:b,IP:192.0.2.1")));
  CHECK(!allows({"a", "b"}, {"192.0.2.1"}, asking("a", "DNS:b,DNS:c")));
  CHECK(!allows({"a", "b"}, {"192.0.2.1"}, asking("c", "DNS:b")));
  CHECK(!allows({"a", "b"}, {"192.0.2.1"}, asking("a", "DNS:b,IP:192.0.2.2")));
}

TEST_CASE("a star stands for one whole label") {
  CHECK(allows_host("*.example", "a.example"));
  CHECK(!allows_host("*.example", "a.b.example"));
  CHECK(!allows_host("*.example", "example"));
  CHECK(!allows_host("*.example", "aexample"));
  CHECK(!allows_host("*.example", "a.example.com"));
}

TEST_CASE("a machine has its own name, and no other's") {
  CHECK(allows_host("{machine}", "m1", "m1"));
  CHECK(!allows_host("{machine}", "m2", "m1"));
  CHECK(!allows_host("{machine}", "m1"));
  CHECK(allows_host("{machine}.fleet.example", "m1.fleet.example", "m1"));
  CHECK(!allows_host("{machine}.fleet.example", "m2.fleet.example", "m1"));
  CHECK(allows_host("*.{machine}.example", "www.m1.example", "m1"));
  CHECK(!allows_host("*.{machine}.example", "www.m2.example", "m1"));
}

TEST_CASE("a machine that is called like a host elsewhere has not shown to be that host") {
  CHECK(!allows_host("{machine}", "example.com", "example.com"));
  CHECK(!allows_host("{machine}.fleet.example", "example.com.fleet.example", "example.com"));
}

TEST_CASE("addresses are certified within the networks that are listed") {
  const auto inside = [](const std::string& network, const std::string& address) {
    const auto as_alternative = allows({}, {network}, asking({}, "IP:" + address));
    CHECK(allows({}, {network}, asking(address, {})) == as_alternative);
    return as_alternative;
  };
  CHECK(inside("192.0.2.1", "192.0.2.1"));
  CHECK(!inside("192.0.2.1", "192.0.2.2"));
  CHECK(inside("192.0.2.0/25", "192.0.2.127"));
  CHECK(!inside("192.0.2.0/25", "192.0.2.128"));
  CHECK(inside("0.0.0.0/0", "203.0.113.9"));
  CHECK(!inside("0.0.0.0/0", "::1"));
  CHECK(inside("2001:db8::/32", "2001:db8:ffff::1"));
  CHECK(!inside("2001:db8::/32", "2001:db9::1"));
  CHECK(!allows({"192.0.2.1"}, {}, asking({}, "IP:192.0.2.1")));
}

TEST_CASE("what is listed must be a host name or a network") {
  const auto code = [](const list& hosts, const list& addresses) {
    return refusal(key_names::make(hosts, addresses));
  };
  for (const auto* host : {"", "*", "*.", "**.a", "a.*", "a*.b", "*.*.a", "{machine", "{host}",
                           "{machine}{machine}", "a b", "a..b"}) {
    CAPTURE(host);
    CHECK(code({host}, {}) == errc::malformed);
  }
  for (const auto* address : {"", "a", "1.2.3", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1",
                              "1.2.3.4/8x", "::/129", "1.2.3.4/8/8"}) {
    CAPTURE(address);
    CHECK(code({}, {address}) == errc::malformed);
  }
}

TEST_SUITE_END();
