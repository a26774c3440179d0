#include "shared/evidence/azure/runtime_data.hpp"

#include "tests/support/parser.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::azure;

namespace {

void put(bytes& out, std::size_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put(bytes& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

const std::string user_data(128, 'a');
const std::string good_claims
  = R"({"keys":[{"kid":"HCLAkPub","key_ops":["sign"],"kty":"RSA","e":"AQAB","n":"wQED"},)"
    R"({"kid":"HCLEkPub","key_ops":["encrypt"],"kty":"RSA","e":"AQAB","n":"AQID"}],)"
    R"("vm-configuration":{"secure-boot":true},"user-data":")"
    + user_data + "\"}";

bytes runtime_data(const std::string& claims = good_claims) {
  bytes out;
  put(out, 20 + claims.size());
  put(out, std::size_t{1});
  put(out, std::size_t{2}); // SNP
  put(out, std::size_t{1}); // SHA-256
  put(out, claims.size());
  put(out, claims);
  return out;
}

bytes minted_report() {
  bytes out;
  put(out, "HCLA");
  put(out, std::size_t{2});
  put(out, 32 + hardware_report_size + runtime_data().size());
  put(out, std::size_t{2});
  out.resize(32);
  out.resize(32 + hardware_report_size, 0x5a);
  const auto data = runtime_data();
  out.insert(out.end(), data.begin(), data.end());
  return out;
}

errc refusal_of(const std::string& claims) {
  const auto parsed = parse_runtime_data(runtime_data(claims));
  return parsed ? errc::internal : parsed.error().code;
}

std::string with(std::string_view from, std::string_view to) {
  auto out = good_claims;
  out.replace(out.find(from), from.size(), to);
  return out;
}

} // namespace

TEST_SUITE_BEGIN("evidence/azure/runtime_data");

TEST_CASE("an HCL report has the hardware's report and runtime data") {
  const auto whole = minted_report();
  const auto parsed = parse_hcl_report(whole);
  REQUIRE(parsed);
  CHECK(copy(parsed->hardware_report) == bytes(hardware_report_size, 0x5a));
  CHECK(copy(parsed->runtime_data) == runtime_data());
  for (std::size_t n = 0; n < 32 + hardware_report_size; n += 31) {
    const auto cut = parse_hcl_report(byte_view{whole}.first(n));
    REQUIRE(!cut);
    CHECK(cut.error().code == errc::truncated);
  }
  check_mutations(whole,
                  {{0, 'h', errc::malformed, "azure.hcl_report.signature at byte 0"},
                   {4, 3, errc::unsupported, "azure.hcl_report.version at byte 4"},
                   {12, 1, errc::malformed, "azure.hcl_report.request_type at byte 12"}},
                  parse_hcl_report);
  const auto large = parse_hcl_report(bytes(max_hcl_report + 1));
  REQUIRE(!large);
  CHECK(large.error().code == errc::too_large);
}

TEST_CASE("runtime data are claims, with the TPM's key and the user's data") {
  auto whole = runtime_data();
  whole.resize(whole.size() + 100); // the NV index is longer
  const auto parsed = parse_runtime_data(whole);
  REQUIRE(parsed);
  CHECK(parsed->on == hardware::snp);
  CHECK(to_text(parsed->signed_bytes) == good_claims);
  CHECK(parsed->ak_modulus == bytes{0xc1, 0x01, 0x03});
  CHECK(parsed->ak_exponent == 65537);
  CHECK(copy(parsed->user_data) == bytes(64, 0xaa));
}

TEST_CASE("every proper prefix of runtime data is refused as truncated") {
  check_prefixes(runtime_data(), parse_runtime_data);
}

TEST_CASE("runtime data that contradict themselves are refused with their place") {
  const std::string at = "azure.runtime_data.";
  auto whole = runtime_data();
  check_mutations(whole,
                  {{0, 0, errc::malformed, at + "claims_size at byte 16"},
                   {4, 2, errc::unsupported, at + "version at byte 4"},
                   {8, 3, errc::unsupported, at + "report_type at byte 8"},
                   {12, 2, errc::unsupported, at + "hash_type at byte 12"},
                   {18, 1, errc::malformed, at + "claims_size at byte 16"}},
                  parse_runtime_data);
  whole.push_back(1);
  const auto padded = parse_runtime_data(whole);
  REQUIRE(!padded);
  CHECK(padded.error().code == errc::malformed);
  CHECK(padded.error().where.starts_with(at + "padding"));
}

TEST_CASE("claims without what they are for are refused") {
  REQUIRE(refusal_of(good_claims) == errc::internal);
  for (const auto& claims :
       {std::string{"[]"}, with("HCLAkPub", "HCLOther"), with("HCLEkPub", "HCLAkPub"),
        with(R"("kty":"RSA")", R"("kty":"EC")"), with(R"("n":"wQED")", R"("n":"w")"),
        with(R"("n":"wQED")", R"("n":"")"), with(R"("e":"AQAB")", R"("e":"AQABAQAB")"),
        with("user-data", "user"), with(user_data, user_data.substr(2)),
        with(user_data.substr(0, 2), "zz"), with(R"("keys":[)", R"("keys":1,"other":[)"),
        with("\"vm-configuration\"", "\"user-data\"")}) {
    CAPTURE(claims);
    CHECK(refusal_of(claims) == errc::malformed);
  }
  CHECK(refusal_of(good_claims + "x") == errc::trailing);
}

TEST_SUITE_END();
