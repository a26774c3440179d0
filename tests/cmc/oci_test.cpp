#include "shared/appraisal/oci_rules.hpp"
#include "shared/codec/canonical_json.hpp"
#include "shared/endorsement/container_configuration.hpp"
#include "tests/cmc/cases.hpp"

#include <map>

using namespace troth;
using namespace troth::testing;

namespace {

/// The reference's machine follows links; in its tests this is where they led.
result<std::string> resolve(const std::string& path) {
  return path.starts_with("/proc/") ? "/usr/bin/ls" : path;
}

const std::map<std::string, std::string> files
  = {{"configData", "config_raw.json"},
     {"dockerConfig", "docker_config_raw.json"},
     {"normalizedDockerConfig", "docker_config_normalized.json"}};

std::optional<std::string> file_of(const json& variable) {
  return stored_in("oci", variable, files);
}

std::string text_of(const json& variable) {
  return to_text(read_cmc(file_of(variable).value()));
}

} // namespace

TEST_SUITE_BEGIN("cmc/oci");

TEST_CASE("a configuration has the reference's hash") {
  if (lacks_cmc("oci"))
    return;
  for (const auto& row : read_cmc_json("oci/measurement_cases.json")) {
    const auto name = row.at("name").get<std::string>();
    CAPTURE(name);
    const auto& args = row.at("args");
    if (!file_of(args.at("configData"))) {
      skip_row(name, "its input is not stored");
      continue;
    }
    const auto made = endorsement::normalize_configuration(args.at("id").get<std::string>(),
                                                           text_of(args.at("configData")), resolve);
    CHECK(made.has_value() != row.at("wantErr").get<bool>());
    if (made)
      CHECK(hex(endorsement::configuration_hash(*made).view()) == hex(bytes_in(row.at("want"))));
  }
}

TEST_CASE("a configuration is normalised as the reference does, byte by byte") {
  if (lacks_cmc("oci"))
    return;
  for (const auto& row : read_cmc_json("oci/normalize_cases.json")) {
    const auto name = row.at("name").get<std::string>();
    CAPTURE(name);
    const auto& args = row.at("args");
    if (!file_of(args.at("configData"))) {
      skip_row(name, "its input is not stored");
      continue;
    }
    const auto made = endorsement::normalize_configuration(args.at("id").get<std::string>(),
                                                           text_of(args.at("configData")), resolve);
    REQUIRE(made.has_value() != row.at("wantErr").get<bool>());
    if (made)
      CHECK((codec::canonical_json(made->value) == text_of(row.at("want"))));
  }
}

TEST_CASE("rules let a configuration differ as in the reference") {
  if (lacks_cmc("oci"))
    return;
  const auto variables = read_cmc_json("oci/validate_config_vars.json");
  for (const auto& row : read_cmc_json("oci/validate_config_cases.json")) {
    CAPTURE(row.at("name").get<std::string>());
    const auto& args = row.at("args");
    const codec::free_object rules{resolved(args.at("rules"), variables)};
    const auto checked
      = appraisal::check_configuration({resolved(args.at("reference"), variables)},
                                       {resolved(args.at("measurement"), variables)}, &rules);
    CHECK(checked.has_value() != row.at("wantErr").get<bool>());
    if (!checked) // the configuration, or what is no rule
      CHECK((checked.error().code == errc::conflict || checked.error().code == errc::malformed));
  }
}

TEST_SUITE_END();
