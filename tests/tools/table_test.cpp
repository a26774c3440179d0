#include "tools/testtool/table.hpp"

#include "tools/testtool/result_view.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

using namespace troth::testtool;
using nlohmann::json;
using troth::terminal::screen;

namespace {

json good() {
  return json::parse(R"({
    "version": "3.4.0", "type": "Attestation Result",
    "summary": {"status": "success"},
    "prover": {"hostname": "machine-1"}, "verifier": {"hostname": "verifier-1"},
    "created": "2026-11-24T10:00:00.000000000Z",
    "freshness": {"status": "success", "got": "aabb", "expected": "aabb"},
    "certLevel": 3,
    "measurements": [{
      "type": "TPM Result", "summary": {"status": "success"}, "freshness": {"status": "success"},
      "signature": {"signatureVerification": {"status": "success"},
                    "certChainValidation": {"status": "success"},
                    "certs": [[{"subject": {"commonName": "machine-1 AK"},
                                "issuer": {"organization": ["AK issuer"]}}]]},
      "artifacts": [
        {"success": true, "launched": true, "type": "Verified", "name": "EV_SEPARATOR", "index": 4,
         "digest": "11", "hashAlg": "SHA-256"},
        {"success": true, "launched": true, "type": "Verified", "name": "sh", "index": 10,
         "digest": "22", "hashAlg": "SHA-256", "description": "/bin/sh"}],
      "tpmResult": {
        "pcrMatch": [{"success": true, "index": 4, "digest": "44"},
                     {"success": true, "index": 10, "digest": "aa"},
                     {"success": true, "index": 11, "digest": "00"}],
        "aggPcrQuoteMatch": {"status": "success"}}}],
    "metadata": {
      "imageDescriptionResult": {"type": "Image Description", "name": "image",
                                 "summary": {"status": "success"}},
      "manifestResults": [{"type": "Manifest", "name": "os", "version": "2026-11-24T09:00:00Z",
        "summary": {"status": "success"}, "validityCheck": {"status": "success"},
        "signatureValidation": [{"signatureVerification": {"status": "success"},
          "certChainValidation": {"status": "success"},
          "certs": [[{"subject": {"commonName": "developer"}}]]}]}],
      "compatibilityResult": {"result": {"status": "success"}}},
    "troth": {"policy": "default", "freshness": "challenge", "callerInputs": [],
      "findings": [{"rule": "tpm.nonce", "outcome": "pass", "subject": "TPM Evidence"}]}
  })");
}

json tampered() {
  auto out = good();
  out["summary"] = {{"status", "fail"}, {"details", "TPM measurement"}, {"errorCodes", {67}}};
  auto& tpm = out["measurements"][0];
  tpm["summary"]["status"] = "fail";
  tpm["tpmResult"]["pcrMatch"][1]["success"] = false;
  tpm["artifacts"].push_back({{"success", false},
                              {"launched", true},
                              {"type", "Measurement"},
                              {"name", "evil"},
                              {"index", 10},
                              {"digest", "33"},
                              {"hashAlg", "SHA-256"},
                              {"description", "/bin/evil"}});
  tpm["artifacts"].push_back({{"success", false},
                              {"launched", false},
                              {"type", "TPM"},
                              {"name", "good"},
                              {"index", 10},
                              {"digest", "55"},
                              {"hashAlg", "SHA-256"}});
  out["troth"]["findings"].push_back({{"rule", "tpm.event"},
                                      {"outcome", "fail"},
                                      {"subject", "PCR 10"},
                                      {"got", "33"},
                                      {"expected", "a reference value of PCR 10"},
                                      {"code", "ref_val_no_match"},
                                      {"clause", "RFC 9334, 8.3"},
                                      {"detail", "/bin/evil"}});
  return out;
}

std::string plain(const json& result, amount details = amount::failures) {
  return render_table(result, {screen::plain, details});
}

bool has(const std::string& table, std::string_view line) {
  return table.find(line) != std::string::npos;
}

} // namespace

TEST_SUITE_BEGIN("tools/table");

TEST_CASE("a success is one line for each thing that was judged") {
  CHECK(plain(good()) == R"(SUCCESS  attestation of machine-1
  policy        default
  nonce         ok, of a challenge, now used up
  cert. level   3
  appraised     2026-11-24T10:00:00.000000000Z
  by            verifier-1

ok  TPM Result
  context       ok
  signature     ok, by machine-1 AK
  certificate   ok, issued by AK issuer
  quoted PCRs   ok
  ok    PCR  4  1 of 1 matched
  ok    PCR 10  1 of 1 matched
  ok    PCR 11  nothing measured

Metadata
  ok    Image Description image
  ok    Manifest os, 2026-11-24T09:00:00Z, signed by developer
)");
}

TEST_CASE("a failure says what did not match and why") {
  const auto table = plain(tampered());
  INFO(table);
  CHECK(table.starts_with("FAIL  attestation of machine-1\n"
                          "  because       TPM measurement, error 67\n"));
  CHECK(has(table, "  FAIL  PCR 10  1 of 2 matched, 1 unknown, 1 missing\n"
                   "    unknown       evil\n"
                   "                  /bin/evil\n"
                   "                  SHA-256 33\n"
                   "    missing       good\n"
                   "                  SHA-256 55\n"));
  CHECK(has(table, "Rules that did not pass\n"
                   "  FAIL  tpm.event, PCR 10\n"
                   "    about         /bin/evil\n"
                   "    got           33\n"
                   "    expected      a reference value of PCR 10\n"
                   "    code          ref_val_no_match\n"
                   "    rule is in    RFC 9334, 8.3\n"));
  CHECK(!has(table, "/bin/sh"));
  CHECK(!has(table, "tpm.nonce"));
}

TEST_CASE("everything includes what matched and the rules that passed") {
  const auto table = plain(tampered(), amount::everything);
  CHECK(has(table, "    matched       sh\n                  /bin/sh\n"));
  CHECK(has(table, "    value         aa\n"));
  CHECK(has(table, "  ok    tpm.nonce, TPM Evidence\n"));
  CHECK(table.find("tpm.event") < table.find("tpm.nonce"));
}

TEST_CASE("a register with many failures lists some and counts the rest") {
  auto result = good();
  for (int i = 0; i < 25; ++i)
    result["measurements"][0]["artifacts"].push_back(
      {{"success", false}, {"launched", true}, {"name", "n" + std::to_string(i)}, {"index", 10}});
  const auto table = plain(result);
  CHECK(has(table, " n19\n"));
  CHECK(!has(table, " n20\n"));
  CHECK(has(table, "and 5 more; --verbose lists all"));
  CHECK(has(plain(result, amount::everything), " n24\n"));
}

TEST_CASE("rules that were not checked are named") {
  auto result = good();
  for (const auto* rule : {"tpm.event_content", "tpm.ca_fingerprint", "tpm.event_content"})
    result["troth"]["findings"].push_back({{"rule", rule}, {"outcome", "not_checked"}});
  CHECK(has(plain(result), "Rules that were not checked\n"
                           "  tpm.event_content, tpm.ca_fingerprint\n"));
}

TEST_CASE("what the caller chose is named") {
  auto result = good();
  result["troth"]["callerInputs"] = {"roots", "time"};
  result["troth"]["freshness"] = "caller";
  const auto table = plain(result);
  CHECK(has(table, "  caller chose  roots, time\n"));
  CHECK(has(table, "  nonce         ok, the caller answers for its freshness\n"));
}

TEST_CASE("no line is wider than asked for, and no control character comes through") {
  auto result = tampered();
  result["prover"]["hostname"] = "\x1b[2J\r\nSUCCESS";
  result["measurements"][0]["artifacts"][2]["description"] = "/x\xc3\xbc" + std::string(300, 'y');
  for (const auto to : {screen::plain, screen::terminal}) {
    const auto table = render_table(result, {to, amount::everything, 60});
    CHECK(!has(table, "\x1b[2J"));
    CHECK(!has(table, "\r"));
    CHECK(has(table, "\\x1b[2J\\x0d\\x0aSUCCESS"));
    CHECK(has(table, to == screen::plain ? "/x\\u{fc}y" : "/x\xc3\xbcy"));
    std::istringstream lines{table};
    for (std::string line; to == screen::plain && std::getline(lines, line);)
      CHECK(line.size() <= 60);
  }
}

TEST_CASE("colours are for terminals only") {
  CHECK(!has(plain(good()), "\x1b"));
  CHECK(has(render_table(good(), {screen::terminal}), "\x1b[32mSUCCESS\x1b[0m"));
  CHECK(has(render_table(tampered(), {screen::terminal}), "\x1b[1;31mFAIL\x1b[0m"));
}

TEST_CASE("what is no result fails and is drawn all the same") {
  for (const auto& result : {json{}, json(7), json::array(), json::object(),
                             json{{"summary", "success"}}, json{{"summary", {{"status", true}}}},
                             json{{"measurements", {1, nullptr, json::object()}}}}) {
    CHECK(read_result(result).says == verdict::fail);
    CHECK(plain(result).starts_with("FAIL  attestation of an unnamed machine\n"));
  }
}

TEST_CASE("only success and warn do not fail") {
  const std::pair<std::string, verdict> rows[] = {{"success", verdict::success},
                                                  {"warn", verdict::warn},
                                                  {"fail", verdict::fail},
                                                  {"", verdict::fail},
                                                  {"Success", verdict::fail}};
  for (const auto& [status, says] : rows)
    CHECK(read_result({{"summary", {{"status", status}}}}).says == says);
}

TEST_SUITE_END();
