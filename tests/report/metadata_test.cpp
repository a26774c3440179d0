#include "shared/report/metadata.hpp"

#include "shared/base/hex.hpp"
#include "shared/codec/cose.hpp"
#include "shared/codec/jws.hpp"
#include "tests/codec/signers.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/parser.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace troth;
using namespace troth::testing;
using nlohmann::json;
using report::encoding;

namespace {

const report::meta_info info = {
  .name = "de.test.os",
  .version = "2026-11-24T09:43:36Z",
  .valid = report::validity{*parse_time("2026-11-23T09:43:36Z"),
                            *parse_time("2076-11-24T09:43:36Z")},
  .description = "a layer",
};

report::manifest minted_manifest() {
  report::component one;
  one.type = "firmware";
  one.name = "EV_SEPARATOR";
  one.hashes = {*digest::from(hash_algorithm::sha256, bytes(32, 0xaa))};
  report::manifest out;
  out.info = info;
  out.components = {one};
  out.developer_common_name = "a developer";
  out.base_layers = {"de.test.rtm"};
  out.certification_level = 3;
  out.ca_fingerprints = {"0a"};
  out.omsp_server = "https://status.example";
  return out;
}

/// A manifest with something in each member.
report::manifest full_manifest() {
  auto out = minted_manifest();
  out.sbom_specification = "1.6";
  out.sbom_version = 2;
  out.snp = report::snp_policy{2,
                               5,
                               {"SNP Policy", true, false, false, true, 1, 51},
                               {{"milan", {3, 1, 51}, {0, 2, 0, 6, 0x43}},
                                {"turin", {0, 1, 55}, {1, 2, 3, 4, 5}}}};
  out.tdx = report::tdx_policy{4,
                               {bytes(48, 1), bytes(48, 2), bytes(48, 3)},
                               "e702060000000000"_hex,
                               {false, true, true, false},
                               {"UpToDate", "SWHardeningNeeded"}};
  out.sgx = report::sgx_policy{
    3, bytes(32, 4), 2, {true, false, true, false, true, false, true, true}, {"UpToDate"}};
  out.details = {{{"os", "Debian 12"}, {"build", 12}, {"tags", {"a", nullptr, 1.5}}}};
  return out;
}

report::omsp_response minted_status() {
  return {{},
          "https://status.example",
          *parse_time("2026-11-24T09:00:00Z"),
          {{"0a", report::manifest_status::revoked, *parse_time("2026-11-24T08:00:00Z"),
            *parse_time("2026-12-01T08:00:00Z"), *parse_time("2026-11-20T08:00:00Z"), "a hole"},
           {"0b", report::manifest_status::good, *parse_time("2026-11-24T08:00:00Z"), {}, {}, {}}}};
}

report::image_description minted_image() {
  return {info,
          "Munich",
          {{"one", "first", "de.test.rtm", {}},
           {"two",
            "",
            "de.test.os",
            {{{"process", {{"env", "replace:TOKEN=*"}, {"cwd", "optional"}}}}}}}};
}

json json_of(const report::metadata_item& item) {
  return json::parse(report::write_metadata(item, encoding::json));
}

template <class Change>
result<report::metadata_item> parse_changed(Change change) {
  auto value = json_of(minted_manifest());
  change(value);
  return report::parse_metadata(to_bytes(value.dump()));
}

template <class Change>
void check_refused(errc code, const std::string& where, Change change) {
  CAPTURE(where);
  const auto read = parse_changed(change);
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(code));
  CHECK(read.error().where == where);
}

} // namespace

TEST_SUITE_BEGIN("report/metadata");

TEST_CASE("a manifest reads as it was written, in each encoding") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto written = report::write_metadata(minted_manifest(), as);
    const auto read = report::parse_metadata(written);
    REQUIRE(read);
    REQUIRE(std::holds_alternative<report::manifest>(*read));
    const auto& item = std::get<report::manifest>(*read);
    CHECK(item.info.name == "de.test.os");
    CHECK(item.info.version == "2026-11-24T09:43:36Z");
    REQUIRE(item.info.valid);
    CHECK(item.info.valid->not_before == info.valid->not_before);
    CHECK(item.info.valid->not_after == info.valid->not_after);
    CHECK(item.info.description == "a layer");
    CHECK(item.components == minted_manifest().components);
    CHECK(item.developer_common_name == "a developer");
    CHECK(item.base_layers == std::vector<std::string>{"de.test.rtm"});
    CHECK(item.certification_level == 3);
    CHECK(item.ca_fingerprints == std::vector<std::string>{"0a"});
    CHECK(item.omsp_server == "https://status.example");
    CHECK(report::write_metadata(*read, as) == written);
    CHECK(&report::info_of(*read) == &item.info);
  }
}

TEST_CASE("a manifest has the reference's members in its order") {
  const auto text = to_text(report::write_metadata(minted_manifest(), encoding::json));
  CHECK(text
        == R"({"type":"Manifest","name":"de.test.os","version":"2026-11-24T09:43:36Z",)"
           R"("validity":{"notBefore":"2026-11-23T09:43:36Z","notAfter":"2076-11-24T09:43:36Z"},)"
           R"("description":"a layer","sbom":{"bomFormat":"CycloneDX","specVersion":"1.7",)"
           R"("version":1,"components":[{"type":"firmware","name":"EV_SEPARATOR","hashes":)"
           R"([{"alg":"SHA-256","content":")"
             + std::string(64, 'a')
             + R"("}]}]},"developerCommonName":"a developer","baseLayers":["de.test.rtm"],)"
               R"("certLevel":3,"caFingerprints":["0a"],"omspServer":"https://status.example"})");
}

TEST_CASE("an image description reads as it was written, in each encoding") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto written = report::write_metadata(minted_image(), as);
    const auto read = report::parse_metadata(written);
    REQUIRE(read);
    REQUIRE(std::holds_alternative<report::image_description>(*read));
    const auto& item = std::get<report::image_description>(*read);
    CHECK(item.location == "Munich");
    REQUIRE(item.descriptions.size() == 2);
    CHECK(item.descriptions[0].name == "one");
    CHECK(item.descriptions[0].description == "first");
    CHECK(item.descriptions[1].manifest == "de.test.os");
    CHECK(item.descriptions[1].oci_rules == minted_image().descriptions[1].oci_rules);
    CHECK(report::write_metadata(*read, as) == written);
  }
}

TEST_CASE("a company description and any other kind read with what they say of themselves") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto company
      = report::parse_metadata(report::write_metadata(report::company_description{info}, as));
    REQUIRE(company);
    CHECK(std::holds_alternative<report::company_description>(*company));
    const auto other
      = report::parse_metadata(report::write_metadata(report::unknown_metadata{info, "OMSP"}, as));
    REQUIRE(other);
    REQUIRE(std::holds_alternative<report::unknown_metadata>(*other));
    CHECK(std::get<report::unknown_metadata>(*other).type == "OMSP");
    CHECK(report::info_of(*other).name == "de.test.os");
  }
}

TEST_CASE("white space around JSON metadata is allowed, as people write it") {
  CHECK(report::parse_metadata(to_bytes("{\n  \"type\": \"Company Description\"\n}\n")));
  CHECK(report::parse_metadata(to_bytes("\n{\"type\": \"Company Description\"}")));
}

TEST_CASE("every proper prefix of an item is refused as truncated") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    check_prefixes(report::write_metadata(full_manifest(), as), report::parse_metadata);
    check_prefixes(report::write_metadata(minted_status(), as), report::parse_metadata);
    check_prefixes(report::write_metadata(minted_image(), as), report::parse_metadata);
  }
}

TEST_CASE("a byte behind an item is refused as trailing") {
  const auto item = report::write_metadata(minted_image(), encoding::cbor);
  check_trailing(item, "metadata at byte " + std::to_string(item.size()), report::parse_metadata);
}

TEST_CASE("a wrong member of an item is refused with its path") {
  check_refused(errc::missing, "metadata.type", [](json& m) { m.erase("type"); });
  check_refused(errc::malformed, "metadata.type: number, expected a string",
                [](json& m) { m["type"] = 1; });
  check_refused(errc::malformed, "metadata.validity.notAfter: time: not an RFC 3339 timestamp",
                [](json& m) { m["validity"]["notAfter"] = "tomorrow"; });
  check_refused(errc::missing, "metadata.validity.notBefore",
                [](json& m) { m["validity"].erase("notBefore"); });
  check_refused(errc::malformed, "metadata.certLevel: number, expected an unsigned integer",
                [](json& m) { m["certLevel"] = -1; });
  check_refused(errc::missing, "metadata.sbom.components[0].name",
                [](json& m) { m["sbom"]["components"][0].erase("name"); });
  check_refused(errc::too_large, "metadata.baseLayers: 257 items, at most 256",
                [](json& m) { m["baseLayers"] = std::vector<std::string>(257); });
  check_refused(errc::too_large, "metadata.caFingerprints: 257 items, at most 256",
                [](json& m) { m["caFingerprints"] = std::vector<std::string>(257); });
  const auto wrong = report::parse_metadata("a1 01 60"_hex); // a name, no type
  REQUIRE(!wrong);
  CHECK(name(wrong.error().code) == name(errc::missing));
  CHECK(wrong.error().where == "metadata.type at byte 1");
  const auto other = report::parse_metadata("a1 00 01"_hex);
  REQUIRE(!other);
  CHECK(other.error().where == "metadata at byte 2: an unsigned integer, expected a text");
}

TEST_CASE("a digest has its algorithm's size, so that none matches by its beginning") {
  for (const auto& content : {std::string{}, std::string(62, 'a'), std::string(66, 'a')}) {
    CAPTURE(content);
    check_refused(errc::malformed,
                  "metadata.sbom.components[0].hashes[0]: digest: "
                    + std::to_string(content.size() / 2) + " bytes for SHA-256",
                  [&](json& m) { m["sbom"]["components"][0]["hashes"][0]["content"] = content; });
  }
}

TEST_CASE("an image description must describe manifests") {
  auto value = json_of(minted_image());
  value["descriptions"][1]["type"] = "Manifest";
  const auto read = report::parse_metadata(to_bytes(value.dump()));
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(errc::unsupported));
  CHECK(read.error().where == "metadata.descriptions[1].type: expected Manifest Description");
}

TEST_CASE("policies for hardware and details read as they were written, in each encoding") {
  const auto full = full_manifest();
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto written = report::write_metadata(full, as);
    const auto read = report::parse_metadata(written);
    REQUIRE(read);
    const auto& item = std::get<report::manifest>(*read);
    CHECK(item.snp == full.snp);
    CHECK(item.tdx == full.tdx);
    CHECK(item.sgx == full.sgx);
    CHECK(item.details == full.details);
    CHECK(item.sbom_specification == "1.6");
    CHECK(item.sbom_version == 2);
    CHECK(report::write_metadata(*read, as) == written);
  }
}

TEST_CASE("policies for hardware have the reference's members and numbers") {
  const auto value = json_of(full_manifest());
  CHECK(value["snpPolicy"].dump()
        == R"({"policy":{"abiMajor":1,"abiMinor":51,"debug":false,"migration":false,)"
           R"("singleSocket":true,"smt":true,"type":"SNP Policy"},"reportMaxVersion":5,)"
           R"("reportMinVersion":2,"versions":[{"fw":{"build":3,"major":1,"minor":51},)"
           R"("name":"milan","tcb":{"bl":2,"fmc":0,"snp":6,"tee":0,"ucode":67}},)"
           R"({"fw":{"build":0,"major":1,"minor":55},"name":"turin",)"
           R"("tcb":{"bl":2,"fmc":1,"snp":4,"tee":3,"ucode":5}}]})");
  CHECK(value["tdxPolicy"]["xfam"] == "e702060000000000");
  CHECK(value["tdxPolicy"]["tdId"]["mrConfigId"] == hex(bytes(48, 3)));
  report::manifest sgx;
  sgx.info.name = "x";
  sgx.sgx = full_manifest().sgx;
  CHECK(report::write_metadata(sgx, encoding::cbor)
        == "a4 00 684d616e6966657374 01 6178 0a a3 00 69 4379636c6f6e654458 01 63312e37 02 01 11 a5"
           "00 03 02 5820 0404040404040404040404040404040404040404040404040404040404040404"
           "03 02 04 a8 00f5 01f4 02f5 03f4 04f5 05f4 06f5 07f5 05 81 68 5570546f44617465"_hex);
}

TEST_CASE("a demand that is not there is no weaker demand") {
  for (const auto* const pointer :
       {"/snpPolicy/reportMinVersion", "/snpPolicy/policy/debug", "/snpPolicy/versions/0/tcb/fmc",
        "/snpPolicy/versions", "/tdxPolicy/tdId/mrOwner", "/tdxPolicy/xfam",
        "/tdxPolicy/tdAttributes/debug", "/sgxPolicy/mrSigner", "/sgxPolicy/attributes/debug"}) {
    CAPTURE(pointer);
    const json::json_pointer at{pointer};
    auto value = json_of(full_manifest());
    value[at.parent_pointer()].erase(at.back());
    const auto read = report::parse_metadata(to_bytes(value.dump()));
    REQUIRE(!read);
    CHECK(name(read.error().code) == name(errc::missing));
  }
}

TEST_CASE("a status response reads as it was written, in each encoding") {
  for (const auto as : {encoding::json, encoding::cbor}) {
    const auto written = report::write_metadata(minted_status(), as);
    const auto read = report::parse_metadata(written);
    REQUIRE(read);
    REQUIRE(std::holds_alternative<report::omsp_response>(*read));
    const auto& item = std::get<report::omsp_response>(*read);
    CHECK(item.server == "https://status.example");
    CHECK(item.produced_at == minted_status().produced_at);
    REQUIRE(item.responses.size() == 2);
    CHECK(item.responses[0].manifest_hash == "0a");
    CHECK(item.responses[0].status == report::manifest_status::revoked);
    CHECK(item.responses[0].next_update == minted_status().responses[0].next_update);
    CHECK(item.responses[0].revocation_reason == "a hole");
    CHECK(!item.responses[1].next_update);
    CHECK(report::type_of(*read) == "OMSP Response");
    CHECK(report::write_metadata(*read, as) == written);
  }
}

TEST_CASE("a status that is none is refused") {
  auto value = json_of(minted_status());
  value["responses"][0]["status"] = "Good";
  const auto read = report::parse_metadata(to_bytes(value.dump()));
  REQUIRE(!read);
  CHECK(name(read.error().code) == name(errc::malformed));
  CHECK(read.error().where == "metadata.responses[0].status: not a status");
}

TEST_CASE("a signed item is a JWS or a COSE_Sign, by its first byte") {
  const codec::signer signers[] = {fake_signer(es256, 64)};
  const auto jws = codec::write_jws("ab"_hex, signers, codec::jws_form::flattened);
  const auto cose = codec::write_cose("cd"_hex, signers);
  REQUIRE(jws);
  REQUIRE(cose);
  const auto one = report::parse_signed(to_bytes(*jws));
  REQUIRE(one);
  CHECK(one->payload == "ab"_hex);
  const auto other = report::parse_signed(*cose);
  REQUIRE(other);
  CHECK(other->payload == "cd"_hex);
  for (const auto& input : {"a0"_hex, "84"_hex, "30"_hex, "ef"_hex}) {
    const auto bad = report::parse_signed(input);
    REQUIRE(!bad);
    CHECK(name(bad.error().code) == name(errc::malformed));
    CHECK(bad.error().where == "signed item at byte 0: neither JWS nor COSE_Sign");
  }
  check_prefixes(*cose, report::parse_signed);
}

TEST_SUITE_END();
