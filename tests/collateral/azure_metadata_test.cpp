#include "shared/collateral/azure_metadata.hpp"

#include "shared/base/base64.hpp"
#include "tests/support/minted.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::testing;
using namespace troth::collateral;
using namespace std::chrono_literals;

namespace {

template <class T>
errc refusal(const result<T>& of) {
  REQUIRE_FALSE(of);
  return of.error().code;
}

http_get serving(const std::string& body, int status = 200) {
  return [=](const std::string& path) -> result<http_answer> {
    CHECK(path == "/metadata/THIM/amd/certification");
    return http_answer{status, to_bytes(body)};
  };
}

http_post answering(const std::string& body, int status = 200) {
  return [=](const std::string&, byte_view, const std::string&) -> result<http_answer> {
    return http_answer{status, to_bytes(body)};
  };
}

std::string in_json(std::string pem) {
  for (std::size_t at = 0; (at = pem.find('\n', at)) != std::string::npos; at += 2)
    pem.replace(at, 1, "\\n");
  return '"' + pem + '"';
}

} // namespace

TEST_SUITE_BEGIN("collateral/azure_metadata");

TEST_CASE("a TD's report is sent in base64url, and a quote comes back so, padded or not") {
  std::string asked;
  const http_post service = [&](const std::string& type, byte_view body,
                                const std::string&) -> result<http_answer> {
    CHECK(type == "application/json");
    asked = to_text(body);
    return http_answer{200, to_bytes(R"({"quote":"_-8","runtimeData":{"data":""}})")};
  };
  CHECK(minted(azure_td_quote(service, bytes(1024, 0xff))) == bytes{0xff, 0xef});
  CHECK(asked == R"({"report":")" + base64url(bytes(1024, 0xff)) + "\"}");
  CHECK(minted(azure_td_quote(answering(R"({"quote":"_-8="})"), {})) == bytes{0xff, 0xef});
}

TEST_CASE("what is no answer is refused by code") {
  CHECK(refusal(azure_td_quote(answering("", 503), {})) == errc::unavailable);
  for (const auto* body : {"[]", "{}", R"({"quote":7})", R"({"quote":""})", R"({"quote":"+"})"})
    CHECK(refusal(azure_td_quote(answering(body), {})) == errc::malformed);
  CHECK(refusal(azure_vcek_chain(serving("", 404))) == errc::unavailable);
  for (const auto* body : {"{}", R"({"vcekCert":"","certificateChain":""})", "certificate"})
    CHECK(refusal(azure_vcek_chain(serving(body))) == errc::malformed);
}

TEST_CASE("the chip's certificates come leaf first") {
  const auto root = mint_root(ca_content("ARK"));
  const auto leaf = mint(leaf_content("VCEK"), root);
  const auto body = R"({"vcekCert":)" + in_json(leaf.certificate.pem()) + R"(,"certificateChain":)"
                    + in_json(root.certificate.pem()) + R"(,"tcbm":"DB18000000000004"})";
  CHECK(minted(azure_vcek_chain(serving(body)))
        == std::vector{leaf.certificate.der(), root.certificate.der()});
}

TEST_CASE("the metadata service is near, or spoken to over https") {
  for (const auto* url : {"http://169.254.169.254", "http://127.0.0.1:8080", "https://example.com"})
    CHECK(open_metadata_service(url, 5s));
  for (const auto* url : {"http://example.com", "http://169.253.1.1", "ftp://169.254.169.254", ""})
    CHECK(refusal(open_metadata_service(url, 5s)) == errc::malformed);
  CHECK(refusal(open_http("http://169.254.169.254", 5s)) == errc::malformed);
}

TEST_SUITE_END();
