#include "shared/base/base64.hpp"
#include "shared/report/faces.hpp"
#include "tests/support/minted.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::report;
using namespace troth::testing;

namespace {

check_result passed() {
  check_result out;
  out.says = status::success;
  return out;
}

measurement_result measured(std::string type) {
  measurement_result out;
  out.type = std::move(type);
  out.summary = out.freshness = out.signature.signature = out.signature.chain = passed();
  return out;
}

attestation_result good_result(std::string type = "TPM Result") {
  troth::report::report answered;
  answered.claims.nonce = bytes(32, 0x5a);
  attestation_result out;
  out.summary = out.freshness = passed();
  out.created = time_point{std::chrono::seconds{1'780'000'000}};
  out.policy = "default";
  out.measurements = {measured(std::move(type))};
  out.parsed = std::make_shared<const troth::report::report>(std::move(answered));
  return out;
}

attestation_result failed_by(std::string_view rule) {
  auto out = good_result();
  out.summary.says = out.measurements.front().summary.says = status::fail;
  out.findings = {{rule, outcome::fail, "", "", "", "", "", ""}};
  return out;
}

ear_claims ear_of(const attestation_result& value, const ear_options& options = {}) {
  return minted(make_ear(value, options));
}

void check_vector(std::string_view rule, trust_claim claim, std::int8_t value) {
  CAPTURE(std::string{rule});
  const auto part = ear_of(failed_by(rule)).parts.at("TPM");
  CHECK(part.vector[claim] == value);
  CHECK((part.status == trust_tier::contraindicated));
}

} // namespace

TEST_SUITE_BEGIN("report/ear_result");

TEST_CASE("a result that affirms becomes a part that affirms, for a while") {
  const auto claims = ear_of(good_result());
  CHECK(claims.issued_at == 1'780'000'000);
  CHECK(claims.expires == 1'780'000'300);
  CHECK(claims.nonce == base64url(bytes(32, 0x5a)));
  CHECK(claims.status == trust_tier::affirming);
  const auto& part = claims.parts.at("TPM");
  CHECK(part.vector[trust_claim::hardware] == trust_value::genuine_hw);
  CHECK(part.vector[trust_claim::instance_identity] == trust_value::recognized_instance);
  CHECK(part.vector[trust_claim::executables] == trust_value::approved_boot);
  CHECK(part.policy_ids == std::vector<std::string>{"default"});
}

TEST_CASE("a machine that measured its files at run time says so") {
  auto value = good_result();
  value.measurements.front().tpm.emplace().pcr_match.emplace_back().index = 10;
  CHECK(ear_of(value).parts.at("TPM").vector[trust_claim::executables] == trust_value::approved_rt);
}

TEST_CASE("memory is encrypted for a TEE and not for a TPM") {
  CHECK(ear_of(good_result()).parts.at("TPM").vector[trust_claim::runtime_opaque] == 0);
  CHECK(ear_of(good_result("SNP Result")).parts.at("SNP").vector[trust_claim::runtime_opaque]
        == trust_value::encrypted_rt);
}

TEST_CASE("a key in software is a warning at best") {
  const auto claims = ear_of(good_result("SW Result"));
  CHECK(claims.status == trust_tier::warning);
  CHECK((claims.parts.at("SW").status == trust_tier::warning));
}

TEST_CASE("simulated hardware that the policy takes is a warning at best") {
  auto value = good_result("SNP Result");
  value.measurements.push_back(measured("TPM Result"));
  value.findings = {{"evidence.simulated", outcome::pass, "SNP Evidence", "", "", "", "", ""}};
  const auto claims = ear_of(value);
  CHECK(claims.status == trust_tier::warning);
  CHECK((claims.parts.at("SNP").status == trust_tier::warning));
  CHECK((claims.parts.at("TPM").status == trust_tier::affirming));
}

TEST_CASE("no part is better than the verdict on the whole report") {
  auto value = good_result();
  value.summary.says = status::fail;
  value.findings = {{"evidence.required", outcome::fail, "SNP Evidence", "", "", "", "", ""}};
  CHECK((ear_of(value).parts.at("TPM").status == trust_tier::contraindicated));
  value.summary.says = status::warn;
  value.findings.front().says = outcome::warn;
  CHECK((ear_of(value).parts.at("TPM").status == trust_tier::warning));
}

TEST_CASE("each kind of failure speaks to its claim") {
  check_vector("tpm.signature", trust_claim::hardware, trust_value::crypto_failed);
  check_vector("tpm.nonce", trust_claim::executables, trust_value::crypto_failed);
  check_vector("context.nonce", trust_claim::executables, trust_value::crypto_failed);
  check_vector("tpm.ak_chain", trust_claim::instance_identity, trust_value::unrecognized_instance);
  check_vector("tpm.event", trust_claim::executables, trust_value::unrecognized_rt);
  check_vector("tpm.pcr_digest", trust_claim::executables, trust_value::contraindicated_rt);
  check_vector("metadata.signature", trust_claim::configuration, trust_value::crypto_failed);
  check_vector("metadata.chain", trust_claim::configuration, trust_value::unsupportable_config);
  check_vector("tpm.new_rule", trust_claim::configuration, trust_value::unsupportable_config);
}

TEST_CASE("what is wrong with an Intel platform is told of its enclave or domain") {
  for (const auto* const label : {"SGX", "TDX"}) {
    auto value = failed_by("intel.tcb_status");
    value.measurements = {measured(std::string{label} + " Result")};
    CHECK(ear_of(value).parts.at(label).vector[trust_claim::hardware]
          == trust_value::contraindicated_hw);
    value = failed_by("intel.report_data");
    value.measurements = {measured(std::string{label} + " Result")};
    CHECK(ear_of(value).parts.at(label).vector[trust_claim::executables]
          == trust_value::crypto_failed);
  }
  CHECK(ear_of(failed_by("intel.tcb_status")).parts.at("TPM").vector[trust_claim::hardware]
        == trust_value::no_claim);
}

TEST_CASE("a report without evidence has one part, which contraindicates") {
  auto value = failed_by("report.format");
  value.measurements.clear();
  value.freshness.says = status::fail;
  const auto claims = ear_of(value);
  CHECK(claims.nonce.empty());
  REQUIRE(claims.parts.size() == 1);
  CHECK((claims.parts.at("report").status == trust_tier::contraindicated));
}

TEST_CASE("an appraisal against roots that the caller chose is not signed") {
  auto value = good_result();
  value.caller_inputs = {"roots"};
  const auto refused = make_ear(value, {});
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::forbidden);
  ear_options options;
  options.chosen = caller_inputs::accepted;
  CHECK(make_ear(value, options));
}

TEST_CASE("every face of a result is written, and a token needs who signs it") {
  const ear_issuer issuer{{minted(crypto::private_key::generate(crypto::key_kind::p256)), "one"},
                          {}};
  for (const auto& [type, is] : face_types) {
    CHECK(face_of(type) == is);
    CHECK(media_type(is) == type);
    CHECK(write_face(good_result(), is, &issuer));
  }
  const auto unsigned_token = write_face(good_result(), face::ear_jwt, nullptr);
  REQUIRE(!unsigned_token);
  CHECK(unsigned_token.error().code == errc::unsupported);
  CHECK(face_of("application/eat-jwt") == face::ear_jwt);
  CHECK(face_of("image/png") == std::nullopt);
}

TEST_SUITE_END();
