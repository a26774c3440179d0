#include "shared/report/result.hpp"

#include "shared/codec/cbor_reader.hpp"
#include "tests/support/hex.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace troth;
using namespace troth::testing;
using nlohmann::json;
using report::encoding;

namespace {

json json_of(const report::attestation_result& value) {
  return json::parse(report::write_result(value, encoding::json));
}

report::check_result passed() {
  report::check_result out;
  out.says = report::status::success;
  return out;
}

report::digest_result minted_digest() {
  report::digest_result out;
  out.success = true;
  out.launched = true;
  out.type = "Verified";
  out.index = 4;
  out.value = *digest::from(hash_algorithm::sha256, bytes(32, 0xaa));
  static const auto kernel = [] {
    report::component what;
    what.name = "kernel";
    what.description = "a kernel";
    what.version = "6.1";
    what.purl = "pkg:deb/linux";
    return what;
  }();
  out.what = &kernel;
  return out;
}

report::metadata_result minted_metadata() {
  report::image_description image;
  image.info.name = "image";
  image.location = "Munich";
  report::metadata_result out;
  out.item = std::make_shared<const report::metadata_item>(image);
  out.summary = passed();
  out.validity = passed();
  out.signatures = {{passed(), passed(), {}}};
  out.hash = "0a";
  return out;
}

report::attestation_result minted_result() {
  report::attestation_result out;
  out.summary.says = report::status::warn;
  out.prover_name = "machine.example";
  out.verifier_name = "verifier.example";
  out.created = *parse_time("2026-11-24T09:44:44.60599654Z");
  out.freshness = {report::status::fail,
                   "aa",
                   "bb",
                   {"cc", "dd"},
                   {report::error_code::freshness, report::error_code::expired},
                   "too old"};
  out.certification_level = 2;
  report::measurement_result measurement;
  measurement.type = "TPM Result";
  measurement.summary = passed();
  measurement.freshness = passed();
  measurement.signature = {passed(), passed(), {}};
  measurement.artifacts = {minted_digest()};
  measurement.tpm = report::tpm_result{{minted_digest()}, passed()};
  out.measurements = {measurement};
  out.metadata.image_description = minted_metadata();
  out.metadata.manifests = {minted_metadata()};
  out.metadata.company_description = minted_metadata();
  out.metadata.unknown = {minted_metadata()};
  out.metadata.compatibility = {passed(), {passed()}, {passed()}, {passed()}};
  out.policy = "default";
  out.freshness_source = "challenge";
  out.caller_inputs = {"time"};
  out.findings = {{"tpm.nonce", report::outcome::fail, "TPM Evidence", "bad_signature", "aa", "bb",
                   "TPM 2.0 Part 2, 10.12.8", "the nonce differs"},
                  {"tpm.clock", report::outcome::not_checked, "TPM Evidence", "", "", "", "", ""}};
  return out;
}

} // namespace

TEST_SUITE_BEGIN("report/result");

TEST_CASE("a result of nothing at all is a failure in the reference's members and order") {
  CHECK(to_text(report::write_result({}, encoding::json))
        == R"({"version":"3.4.0","type":"Attestation Result","summary":{"status":"fail"},)"
           R"("prover":{},"verifier":{},"created":"1970-01-01T00:00:00.000000000Z",)"
           R"("freshness":{"status":"fail"},"certLevel":0,"measurements":[],"metadata":{)"
           R"("imageDescriptionResult":{"type":"","summary":{"status":"fail"},)"
           R"("validityCheck":{"status":"fail"}},"manifestResults":[],"compatibilityResult":)"
           R"({"result":{"status":"fail"}}},"troth":{"policy":"","freshness":"",)"
           R"("callerInputs":[],"findings":[]}})");
}

TEST_CASE("a check has its status under a text key in CBOR, behind the numbers") {
  report::attestation_result value;
  value.summary = {report::status::warn, "a", "b", {"c"}, {report::error_code::expired}, "d"};
  const auto written = report::write_result(value, encoding::cbor);
  const auto check = "a6 00 6161 01 6162 02 816163 04 810b 05 6164 66 737461747573 64 7761726e"_hex;
  codec::cbor_reader in{written, "result"};
  codec::cbor_map members{in};
  for (int i = 0; i < 2; ++i) {
    in.skip();
    members.next();
  }
  REQUIRE(members.current() != nullptr);
  CHECK(members.current()->number == 2);
  const auto start = in.position();
  in.skip();
  CHECK(copy(in.since(start)) == check);
}

TEST_CASE("a result is canonical CBOR, with or without parts") {
  for (const auto& value : {report::attestation_result{}, minted_result()}) {
    const auto written = report::write_result(value, encoding::cbor);
    codec::cbor_reader in{written, "result"};
    in.skip();
    CHECK(in.finish(true));
  }
}

TEST_CASE("each part of a result is under the reference's name") {
  const auto value = json_of(minted_result());
  CHECK(value["summary"] == json{{"status", "warn"}});
  CHECK(value["prover"] == json{{"hostname", "machine.example"}});
  CHECK(value["verifier"] == json{{"hostname", "verifier.example"}});
  CHECK(value["created"] == "2026-11-24T09:44:44.605996540Z");
  CHECK(value["freshness"]
        == json{{"status", "fail"},
                {"got", "aa"},
                {"expected", "bb"},
                {"expectedOneOf", {"cc", "dd"}},
                {"errorCodes", {83, 11}},
                {"details", "too old"}});
  CHECK(value["certLevel"] == 2);
  const json success = {{"status", "success"}};
  const json seen = {{"success", true},      {"launched", true},
                     {"type", "Verified"},   {"name", "kernel"},
                     {"index", 4},           {"digest", std::string(64, 'a')},
                     {"hashAlg", "SHA-256"}, {"description", "a kernel"},
                     {"version", "6.1"},     {"purl", "pkg:deb/linux"}};
  const json signature = {{"signatureVerification", success}, {"certChainValidation", success}};
  CHECK(value["measurements"]
        == json{{{"type", "TPM Result"},
                 {"summary", success},
                 {"freshness", success},
                 {"signature", signature},
                 {"artifacts", {seen}},
                 {"tpmResult", {{"pcrMatch", {seen}}, {"aggPcrQuoteMatch", success}}}}});
  const json item = {{"type", "Image Description"}, {"name", "image"},
                     {"location", "Munich"},        {"summary", success},
                     {"validityCheck", success},    {"signatureValidation", {signature}},
                     {"manifestHash", "0a"}};
  CHECK(value["metadata"]
        == json{{"imageDescriptionResult", item},
                {"manifestResults", {item}},
                {"companyDescriptionResult", item},
                {"unknownResults", {item}},
                {"compatibilityResult",
                 {{"result", success},
                  {"descriptionMatch", {success}},
                  {"manifestMatch", {success}},
                  {"manifestCompatibility", {success}}}}});
}

TEST_CASE("what we say beyond the reference's format is in one member") {
  CHECK(
    json_of(minted_result())["troth"]
    == json{{"policy", "default"},
            {"freshness", "challenge"},
            {"callerInputs", {"time"}},
            {"findings",
             {{{"rule", "tpm.nonce"},
               {"outcome", "fail"},
               {"subject", "TPM Evidence"},
               {"code", "bad_signature"},
               {"got", "aa"},
               {"expected", "bb"},
               {"clause", "TPM 2.0 Part 2, 10.12.8"},
               {"detail", "the nonce differs"}},
              {{"rule", "tpm.clock"}, {"outcome", "not_checked"}, {"subject", "TPM Evidence"}}}}});
}

TEST_CASE("text from outside that is not UTF-8 does not break a result") {
  auto value = minted_result();
  value.prover_name = "a\xff";
  CHECK(json_of(value)["prover"]["hostname"] == "a\xef\xbf\xbd");
  const auto written = report::write_result(value, encoding::cbor);
  codec::cbor_reader in{written, "result"};
  in.skip();
  CHECK(in.finish(true));
}

TEST_CASE("statuses and outcomes have the names that go out") {
  CHECK(report::name(report::status::success) == "success");
  CHECK(report::name(report::status::warn) == "warn");
  CHECK(report::name(report::status::fail) == "fail");
  CHECK(report::name(report::outcome::pass) == "pass");
  CHECK(report::name(report::outcome::warn) == "warn");
  CHECK(report::name(report::outcome::fail) == "fail");
  CHECK(report::name(report::outcome::not_checked) == "not_checked");
}

TEST_SUITE_END();
