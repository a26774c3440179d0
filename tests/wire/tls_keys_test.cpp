#include "shared/wire/tls_keys.hpp"

#include "shared/base/base64.hpp"
#include "shared/wire/key_orders.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using wire::check_signature_order;
using wire::read_key_order;
using wire::read_signature_order;
using wire::read_tls_keys;

namespace {

const wire::tls_key a_key{"4b1d",
                          "tpm",
                          "EC256",
                          "web",
                          {"a", "b"},
                          {"10.0.0.1"},
                          "uid 1000",
                          "2026-11-30T20:00:00Z",
                          "2027-01-01T00:00:00Z"};

const std::string a_key_in_json
  = R"({"id":"4b1d","kind":"tpm","algorithm":"EC256","commonName":"web","dnsNames":["a","b"],)"
    R"("ipAddresses":["10.0.0.1"],"owner":"uid 1000","created":"2026-11-30T20:00:00Z",)"
    R"("notAfter":"2027-01-01T00:00:00Z"})";

template <class T>
std::string refusal(const result<T>& got) {
  return got ? "none" : to_string(got.error());
}

std::string order(const std::string& more) {
  return R"({"type":"tpm","algorithm":"EC256")" + more + '}';
}

std::string certificate(const std::string& content) {
  return "-----BEGIN CERTIFICATE-----\n" + content + "\n-----END CERTIFICATE-----\n";
}

} // namespace

TEST_SUITE_BEGIN("wire/tls_keys");

TEST_CASE("keys are written as provers tell them, and read again") {
  CHECK(wire::write_tls_key(a_key) == a_key_in_json);
  CHECK(wire::write_tls_keys({}) == R"({"keys":[]})");
  CHECK(wire::write_tls_keys({a_key}) == R"({"keys":[)" + a_key_in_json + "]}");
  const auto read = read_tls_keys(wire::write_tls_keys({a_key, a_key}));
  REQUIRE(read);
  REQUIRE(read->size() == 2);
  CHECK(wire::write_tls_key(read->back()) == a_key_in_json);
  CHECK(read_tls_keys(R"({"keys":[{"id":"i","kind":"sw","algorithm":"a","more":1}]})")
          ->front()
          .owner.empty());
}

TEST_CASE("keys are refused for what is wrong with them") {
  CHECK(refusal(read_tls_keys("{}")) == "missing: keys");
  CHECK(refusal(read_tls_keys("[]")) == "missing: keys");
  CHECK(refusal(read_tls_keys("{")).starts_with("truncated: keys: "));
  CHECK(refusal(read_tls_keys(R"({"keys":{}})")) == "malformed: keys: expected an array");
  CHECK(refusal(read_tls_keys(R"({"keys":[1]})")) == "malformed: keys: expected an object");
  CHECK(refusal(read_tls_keys(R"({"keys":[{"id":"i"}]})")) == "missing: keys.kind");
  CHECK(refusal(read_tls_keys(R"({"keys":[{"id":1}]})")) == "malformed: keys.id: expected a text");
}

TEST_CASE("an order for a key says what it is to be") {
  const auto got = read_key_order(
    order(R"(,"commonName":"web","dnsNames":["a"],"ipAddresses":["10.0.0.1","::1"])"));
  REQUIRE(got);
  CHECK(got->action == "create");
  CHECK(got->kind == "tpm");
  CHECK(got->algorithm == "EC256");
  CHECK(got->common_name == "web");
  CHECK(got->dns_names == std::vector<std::string>{"a"});
  CHECK(got->ip_addresses == std::vector<std::string>{"10.0.0.1", "::1"});
  CHECK(got->caller.empty());
  CHECK(!got->is_of_all);
  const auto again = read_key_order(wire::write_key_order(*got));
  REQUIRE(again);
  CHECK(wire::write_key_order(*again) == wire::write_key_order(*got));
  CHECK(read_key_order(order(""))->dns_names.empty());
}

TEST_CASE("an order for a key is refused for what is wrong with it") {
  CHECK(refusal(read_key_order("[]")) == "malformed: key: expected an object");
  CHECK(refusal(read_key_order("{}")) == "missing: key.type");
  CHECK(refusal(read_key_order(R"({"type":"sw"})")) == "missing: key.algorithm");
  CHECK(refusal(read_key_order(R"({"type":""})")) == "malformed: key.type: is empty");
  CHECK(refusal(read_key_order(order(R"(,"dnsNames":"a")")))
        == "malformed: key.dnsNames: expected an array of texts");
  CHECK(refusal(read_key_order(order(R"(,"dnsNames":[1])")))
        == "malformed: key.dnsNames: expected texts");
  CHECK(refusal(read_key_order(order(R"(,"dnsNames":[""])")))
        == "malformed: key.dnsNames: is empty");
  CHECK(refusal(read_key_order(order(R"(,"caller":"root")")))
        == "unknown_key: key.caller: is not read");
  CHECK(refusal(read_key_order(order(R"(,"commonName":")" + std::string(1025, 'a') + '"')))
        == "too_large: key.commonName: more than 1024 bytes");
  std::string names = "\"a\"";
  for (int n = 0; n < 100; ++n)
    names += ",\"a\"";
  CHECK(refusal(read_key_order(order(R"(,"ipAddresses":[)" + names + ']')))
        == "too_large: key.ipAddresses: more than 100");
  CHECK(refusal(read_key_order(order("") + '1')).starts_with("trailing: key: "));
}

TEST_CASE("a signature is ordered of a digest and its function") {
  const auto got
    = read_signature_order(R"({"hash":"SHA-256","digest":")" + base64(bytes(32, 7)) + "\"}");
  REQUIRE(got);
  CHECK(got->action == "sign");
  CHECK(got->hash == "SHA-256");
  CHECK(got->digest == protocol::blob(32, '\7'));
  CHECK(got->id.empty());
  CHECK(read_signature_order(wire::write_signature_order(*got))->digest == got->digest);
  CHECK(refusal(read_signature_order("{}")) == "missing: signature.hash: is absent");
  CHECK(refusal(read_signature_order(R"({"hash":"SHA-256"})"))
        == "missing: signature.digest: is absent");
  CHECK(refusal(read_signature_order(R"({"hash":"SHA-256","digest":"!"})"))
          .starts_with("malformed: signature.digest: "));
  CHECK(refusal(read_signature_order(R"({"hash":"SHA-256","digest":"AA==","id":"i"})"))
        == "unknown_key: signature.id: is not read");
}

TEST_CASE("what is signed is as long as the hash that it is said to be") {
  const auto code = [](const std::string& hash, std::size_t size) {
    protocol::tls_key_request asked;
    asked.hash = hash;
    asked.digest = protocol::blob(size, 'd');
    const auto checked = check_signature_order(asked);
    return checked ? "none" : to_string(checked.error());
  };
  CHECK(code("SHA-256", 32) == "none");
  CHECK(code("SHA-384", 48) == "none");
  CHECK(code("SHA-512", 64) == "none");
  CHECK(code("SHA-256", 0) == "missing: digest");
  CHECK(code("SHA-256", 31) == "malformed: digest: got 31 bytes, expected 32 of SHA-256");
  CHECK(code("SHA-256", 33) == "malformed: digest: got 33 bytes, expected 32 of SHA-256");
  CHECK(code("SHA-384", 32) == "malformed: digest: got 32 bytes, expected 48 of SHA-384");
  for (const auto* hash : {"", "SHA-1", "sha256", "SHA256", "MD5"}) {
    CAPTURE(hash);
    CHECK(code(hash, 32)
          == "unsupported: hash: got " + std::string{hash}
               + ", expected SHA-256, SHA-384 or SHA-512");
  }
}

TEST_CASE("a chain is split into its certificates") {
  const auto got = wire::split_certificates("comment\n" + certificate("AA==") + certificate("BB"));
  REQUIRE(got);
  CHECK(*got == std::vector{certificate("AA=="), certificate("BB")});
  CHECK(refusal(wire::split_certificates("")) == "malformed: certificates: none");
  CHECK(refusal(wire::split_certificates(certificate("A") + "-----BEGIN CERTIFICATE-----\nA"))
        == "malformed: certificates: one without its end");
  std::string many;
  for (int n = 0; n < 17; ++n)
    many += certificate("A");
  CHECK(refusal(wire::split_certificates(many)) == "too_large: certificates: more than 16");
}

TEST_CASE("what is no object is no order of a key, and no list of keys") {
  for (const auto* other : {"2", "[1]", "\"type\"", "null", "true"}) {
    CAPTURE(other);
    const auto order = read_key_order(other);
    REQUIRE(!order);
    CHECK(order.error().code == errc::malformed);
    CHECK(!read_tls_keys(other));
    CHECK(!read_tls_keys(std::string{R"({"keys": [)"} + other + "]}"));
  }
}

TEST_SUITE_END();
