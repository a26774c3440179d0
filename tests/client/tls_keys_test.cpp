#include "shared/client/tls_keys.hpp"

#include "shared/client/gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace troth;
using namespace troth::client;
using nlohmann::json;
namespace cmc = troth::wire::cmc;

namespace {

/// A gateway that answers what it is told to, and remembers what it was asked.
struct rest_gateway {
  http_response answer;
  std::vector<http_request> asked;

  key_calls open() {
    return keys_over_rest([this](const http_request& request) -> result<http_response> {
      asked.push_back(request);
      return answer;
    });
  }

  std::string line() const { return asked.at(0).method + ' ' + asked.at(0).path; }
};

http_response says(unsigned status, std::string type, std::string_view body) {
  return {status, std::move(type), to_bytes(body)};
}

struct cmc_message {
  cmc::operation which;
  bytes body;
  report::encoding as;
};

struct cmc_gateway {
  result<bytes> answer;
  std::vector<cmc_message> asked;

  key_calls open() {
    return over_cmc([this](cmc::operation which, const bytes& body, report::encoding as) {
             asked.push_back({which, body, as});
             return answer;
           })
      .keys;
  }

  template <class Message>
  Message sent() const {
    return *cmc::read<Message>(asked.at(0).body, asked.at(0).as);
  }
};

template <class Message>
result<bytes> answer(const Message& message) {
  return cmc::write(message, report::encoding::cbor);
}

const std::string one_key = R"({"id":"4b1d","kind":"tpm","algorithm":"EC256","owner":"alice"})";
const key_order an_order{"tpm", "EC256", "web", {"a"}, {"10.0.0.1"}};

} // namespace

TEST_SUITE_BEGIN("client/tls_keys");

TEST_CASE("a key is ordered over REST, and has the id that is answered") {
  rest_gateway gateway{says(201, "application/json", one_key), {}};
  const auto made = gateway.open().create(an_order);
  REQUIRE(made);
  CHECK(*made == "4b1d");
  CHECK(gateway.line() == "POST /v1/keys");
  CHECK(json::parse(gateway.asked.at(0).body)
        == json{{"type", "tpm"},
                {"algorithm", "EC256"},
                {"commonName", "web"},
                {"dnsNames", {"a"}},
                {"ipAddresses", {"10.0.0.1"}}});
}

TEST_CASE("an answer that is no key is not taken for one") {
  for (const auto& row : {says(200, "application/json", one_key), says(201, "text/html", one_key),
                          says(201, "application/json", "{}"), says(201, "application/json", ""),
                          says(201, "application/json", one_key + ',' + one_key)}) {
    CAPTURE(to_text(row.body));
    rest_gateway gateway{row, {}};
    const auto made = gateway.open().create(an_order);
    REQUIRE(!made);
    CHECK(made.error().code == errc::io);
  }
  rest_gateway full{says(429, "application/problem+json", R"({"code":"exhausted"})"), {}};
  CHECK(full.open().create(an_order).error().code == errc::exhausted);
}

TEST_CASE("keys are listed, rotated and deleted over REST") {
  rest_gateway gateway{says(200, "application/json", R"({"keys":[)" + one_key + "]}"), {}};
  const auto keys = gateway.open().list();
  REQUIRE(keys);
  CHECK(keys->at(0).owner == "alice");
  CHECK(gateway.line() == "GET /v1/keys");

  gateway = {says(200, "application/json", one_key), {}};
  CHECK(gateway.open().rotate("4b1d")->id == "4b1d");
  CHECK(gateway.line() == "POST /v1/keys/4b1d/rotation");
  CHECK(gateway.asked.at(0).body.empty());

  gateway = {says(200, "application/json", R"({"keys":[]})"), {}};
  CHECK(gateway.open().erase("4b1d"));
  CHECK(gateway.line() == "DELETE /v1/keys/4b1d");
}

TEST_CASE("a certificate and a signature come over REST as they are") {
  rest_gateway gateway{says(200, "application/pem-certificate-chain", "PEM"), {}};
  CHECK(*gateway.open().certificate("4b1d") == "PEM");
  CHECK(gateway.line() == "GET /v1/keys/4b1d");
  CHECK(gateway.asked.at(0).accept == "application/pem-certificate-chain");

  gateway = {says(200, "application/octet-stream", "signed"), {}};
  const auto made = gateway.open().sign("4b1d", hash_algorithm::sha256, bytes(32));
  REQUIRE(made);
  CHECK(to_text(*made) == "signed");
  CHECK(gateway.line() == "POST /v1/keys/4b1d/signatures");
  CHECK(json::parse(gateway.asked.at(0).body)["hash"] == "SHA-256");
}

TEST_CASE("an id cannot make another path of the one it stands in") {
  rest_gateway gateway{says(200, "application/json", one_key), {}};
  const auto keys = gateway.open();
  for (const auto* id : {"", "a/b", "..", "a?b", "a%2f"}) {
    CAPTURE(id);
    CHECK(keys.certificate(id).error().code == errc::malformed);
    CHECK(keys.sign(id, hash_algorithm::sha256, bytes(32)).error().code == errc::malformed);
    CHECK(keys.rotate(id).error().code == errc::malformed);
    CHECK(keys.erase(id).error().code == errc::malformed);
  }
  CHECK(gateway.asked.empty());
}

TEST_CASE("the reference's API makes keys, shows their certificates and signs") {
  cmc_gateway gateway{answer(cmc::tls_create_response{"4b1d"}), {}};
  CHECK(*gateway.open().create(an_order) == "4b1d");
  CHECK(gateway.asked.at(0).which == cmc::operation::tls_create);
  const auto order = gateway.sent<cmc::tls_create_request>().key;
  CHECK(order.kind == "tpm");
  CHECK(order.algorithm == "EC256");
  CHECK(order.common_name == "web");
  CHECK(order.dns_names == std::vector<std::string>{"a"});
  CHECK(order.ip_addresses == std::vector<std::string>{"10.0.0.1"});

  gateway = {answer(cmc::tls_cert_response{{to_bytes("leaf\n"), to_bytes("ca\n")}}), {}};
  CHECK(*gateway.open().certificate("4b1d") == "leaf\nca\n");
  CHECK(gateway.sent<cmc::tls_cert_request>().key_id == "4b1d");

  gateway = {answer(cmc::tls_sign_response{to_bytes("signed")}), {}};
  CHECK(to_text(*gateway.open().sign("4b1d", hash_algorithm::sha384, bytes(48, 1))) == "signed");
  CHECK(gateway.asked.at(0).which == cmc::operation::tls_sign);
  const auto asked = gateway.sent<cmc::tls_sign_request>();
  CHECK(asked.key_id == "4b1d");
  CHECK(asked.content == bytes(48, 1));
  CHECK(asked.hash == "SHA-384");
}

TEST_CASE("the reference's API has no lists of keys, and neither rotates nor deletes any") {
  cmc_gateway gateway{bytes{}, {}};
  const auto keys = gateway.open();
  CHECK(!keys.list);
  CHECK(!keys.rotate);
  CHECK(!keys.erase);
}

TEST_CASE("a key whose certificate nobody gives is used by nobody") {
  key_calls keys;
  keys.certificate = [](const std::string&) -> result<std::string> {
    return error{errc::forbidden, "why"};
  };
  const auto used = use_key_of(keys, "gone", {});
  REQUIRE(!used);
  CHECK(to_string(used.error()) == "forbidden: the TLS key gone: why");
}

TEST_CASE("who signs with a key is told which one failed") {
  key_calls keys;
  keys.sign = [](const std::string& id, hash_algorithm, byte_view) -> result<bytes> {
    return id == "good" ? result<bytes>{bytes{1}} : error{errc::not_found, "no such key"};
  };
  CHECK(*signer_with(keys, "good")(hash_algorithm::sha256, {}) == bytes{1});
  CHECK(to_string(signer_with(keys, "gone")(hash_algorithm::sha256, {}).error())
        == "not_found: the TLS key gone: no such key");
}

TEST_SUITE_END();
