#include "tools/metatool/create.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::metatool;

namespace {

const auto now = *parse_time("2026-11-24T10:00:00Z");

info_options named(std::string name) {
  info_options out;
  out.name = std::move(name);
  return out;
}

report::component reference(std::string name) {
  report::component out;
  out.type = "application";
  out.name = std::move(name);
  out.hashes = {digest{hash_algorithm::sha256}};
  out.optional = true;
  out.properties = {{"cmc.ta", "TPM"}, {"cmc.index", "10"}};
  return out;
}

} // namespace

TEST_SUITE_BEGIN("tools/create");

TEST_CASE("an item is of now and valid for a year unless somebody says otherwise") {
  const auto made = make_info(named("os"), now);
  REQUIRE(made);
  CHECK(made->version == "2026-11-24T10:00:00Z");
  CHECK(format_time(made->valid->not_before) == "2026-11-24T10:00:00Z");
  CHECK(format_time(made->valid->not_after) == "2027-11-24T10:00:00Z");
  auto options = named("os");
  options.version = "2026-01-01T00:00:00+01:00";
  options.not_before = "2026-02-01T00:00:00Z";
  options.not_after = "2026-02-02T00:00:00Z";
  const auto other = make_info(options, now);
  REQUIRE(other);
  CHECK(other->version == "2025-12-31T23:00:00Z");
  CHECK(format_time(other->valid->not_after) == "2026-02-02T00:00:00Z");
}

TEST_CASE("an item without a name, and times that cannot be, are refused") {
  const auto refusal = [](void (*spoil)(info_options&)) {
    auto options = named("os");
    spoil(options);
    const auto made = make_info(options, now);
    REQUIRE(!made);
    CHECK(made.error().code == errc::malformed);
    return made.error().where.substr(0, made.error().where.find(':'));
  };
  CHECK(refusal([](auto& x) { x.name.clear(); }) == "--name");
  CHECK(refusal([](auto& x) { x.version = "today"; }) == "--version-time");
  CHECK(refusal([](auto& x) { x.not_before = "today"; }) == "--not-before");
  CHECK(refusal([](auto& x) { x.not_after = "today"; }) == "--not-after");
  CHECK(refusal([](auto& x) { x.not_after = "2026-11-24T10:00:00Z"; }) == "--not-after");
}

TEST_CASE("a manifest without base layers is a root manifest") {
  manifest_options options;
  options.info = named("rtm");
  options.developer = "developer";
  options.certification_level = 3;
  options.ca_fingerprints = {std::string(64, 'A')};
  options.omsp_server = "https://status.example";
  const auto made = make_manifest(options, {reference("sh")}, now);
  REQUIRE(made);
  CHECK(made->base_layers == std::vector<std::string>{"rtm"});
  CHECK(made->developer_common_name == "developer");
  CHECK(made->certification_level == 3);
  CHECK(made->ca_fingerprints == std::vector{std::string(64, 'a')});
  CHECK(made->omsp_server == "https://status.example");
  CHECK(made->components == std::vector{reference("sh")});
  options.base_layers = {"other"};
  CHECK(make_manifest(options, {}, now)->base_layers == std::vector<std::string>{"other"});
  for (const auto* bad : {"", "aa", "zz"}) {
    options.ca_fingerprints = {bad};
    CHECK(make_manifest(options, {}, now).error().code == errc::malformed);
  }
}

TEST_CASE("an image description names each manifest once, and one at least") {
  image_options options;
  options.info = named("image");
  options.location = "Munich";
  CHECK(make_image_description(options, {}, now).error().code == errc::missing);
  options.manifests = {"rtm", "os"};
  const auto made = make_image_description(options, {{"d", "text", "app"}}, now);
  REQUIRE(made);
  CHECK(made->location == "Munich");
  REQUIRE(made->descriptions.size() == 3);
  CHECK(made->descriptions[0].manifest == "app");
  CHECK(made->descriptions[1].name == "rtm.description");
  CHECK(made->descriptions[1].manifest == "rtm");
  options.manifests = {"rtm", "rtm"};
  CHECK(make_image_description(options, {}, now).error().code == errc::conflict);
}

TEST_CASE("a manifest description is written and read back") {
  const auto read = parse_manifest_description(write_manifest_description({"n", "text", "m"}));
  REQUIRE(read);
  CHECK(read->name == "n");
  CHECK(read->description == "text");
  CHECK(read->manifest == "m");
  for (const auto* bad : {"", "[]", "{}", R"({"type": "Manifest", "name": "n", "manifest": "m"})",
                          R"({"type": "Manifest Description", "manifest": "m"})",
                          R"({"type": "Manifest Description", "name": "n"})",
                          R"({"type": "Manifest Description", "name": 1, "manifest": 2})"}) {
    CAPTURE(bad);
    CHECK(!parse_manifest_description(to_bytes(bad)));
  }
}

TEST_CASE("reference values are written and read back") {
  const std::vector values{reference("sh"), reference("ls")};
  const auto written = write_reference_values(values);
  CHECK(to_text(written).find("CycloneDX") != std::string::npos);
  const auto read = parse_reference_values(written);
  REQUIRE(read);
  CHECK(*read == values);
  CHECK(parse_reference_values(write_reference_values({}))->empty());
  for (const auto* bad : {"", "[]", "7", R"({"components": 7})"}) {
    CAPTURE(bad);
    CHECK(!parse_reference_values(to_bytes(bad)));
  }
}

TEST_SUITE_END();
