#include "shared/endorsement/reference_values.hpp"

#include "tests/endorsement/logs.hpp"

#include <array>

using namespace troth;
using namespace troth::testing;
using namespace troth::endorsement;
using evidence::eventlog::event_type;

namespace {

constexpr std::array sha256{hash_algorithm::sha256};

parsed_log three_pcrs() {
  return parsed_log{event_log_writer{}
                      .add(0, event_type::s_crtm_version, filled(1), {})
                      .add(4, event_type::efi_action, filled(2), {})
                      .add(7, event_type::separator, filled(3), {})
                      .add(4, event_type::separator, filled(4), {})};
}

std::vector<std::string> names(const std::vector<report::component>& components) {
  std::vector<std::string> out;
  for (const auto& each : components)
    out.push_back(each.properties.at(1).value + " " + each.name);
  return out;
}

} // namespace

TEST_SUITE_BEGIN("endorsement/reference_values");

TEST_CASE("reference values are of the registers asked for, in the order of the log") {
  const auto in = three_pcrs();
  const auto made = boot_references(in.log, {4, 7}, sha256);
  REQUIRE(made);
  CHECK(names(*made)
        == std::vector<std::string>{"4 TPM_PCR_INIT_VALUE", "4 EV_EFI_ACTION",
                                    "7 TPM_PCR_INIT_VALUE", "7 EV_SEPARATOR", "4 EV_SEPARATOR"});
  CHECK(boot_references(in.log, {}, sha256)->size() == 7);
}

TEST_CASE("a register that nothing was measured into has no reference values") {
  const auto in = three_pcrs();
  const auto made = boot_references(in.log, {4, 9}, sha256);
  REQUIRE(!made);
  CHECK(made.error().code == errc::not_found);
  CHECK(made.error().where == "eventlog: no event of PCR 9");
}

TEST_CASE("SHA-1 is worth a reference value only where there is nothing better") {
  evidence::eventlog::event_log log{};
  evidence::eventlog::event event{};
  event.type = event_type::separator;
  event.digests = {digest{hash_algorithm::sha1}, digest{hash_algorithm::sha256},
                   digest{hash_algorithm::sha384}};
  log.events = {event};
  CHECK(reference_banks(log) == std::vector{hash_algorithm::sha256, hash_algorithm::sha384});
  log.events[0].digests = {digest{hash_algorithm::sha1}};
  CHECK(reference_banks(log) == std::vector{hash_algorithm::sha1});
  log.events[0].type = event_type::no_action;
  CHECK(reference_banks(log).empty());
}

TEST_CASE("each file has one reference value, and a violation has none") {
  const auto sh = ima_ng_data("sha256", filled(1), "/bin/sh");
  const auto ls = ima_ng_data("sha256", filled(2), "/bin/ls");
  const auto log = ima_ng_data("sha256", filled(0), "/var/log/wtmp");
  const ima_list in{{10, sha1_of(sh), sh},
                    {10, bytes(20, 0), log},
                    {10, sha1_of(ls), ls},
                    {10, sha1_of(sh), sh},
                    {11, sha1_of(sh), sh}};
  const auto made = ima_references(in.entries, sha256, ima_extend::hashed);
  CHECK(names(made.components) == std::vector<std::string>{"10 sh", "10 ls", "11 sh"});
  CHECK(made.violations == 1);
  CHECK(made.components.at(0).optional);
}

TEST_CASE("expected values are the replay of each register") {
  const auto in = three_pcrs();
  const auto expected = expected_pcrs(*boot_components(in.log, sha256, raw_data::leave_out),
                                      hash_algorithm::sha256);
  REQUIRE(expected);
  REQUIRE(expected->size() == 3);
  digest pcr4{hash_algorithm::sha256};
  crypto::extend(pcr4, filled(2));
  crypto::extend(pcr4, filled(4));
  CHECK(expected->at(4) == pcr4);
  CHECK(expected_pcrs(*boot_components(in.log, sha256, raw_data::leave_out), hash_algorithm::sha1)
          .error()
          .code
        == errc::missing);
}

TEST_CASE("a summary is one component with the final value") {
  const auto made = summary_reference(7, {digest{hash_algorithm::sha256}});
  CHECK(made.name == "PCR Summary");
  CHECK(made.type == "platform");
  CHECK(made.hashes.size() == 1);
  CHECK(!made.optional);
  CHECK(names({made}) == std::vector<std::string>{"7 PCR Summary"});
}

TEST_SUITE_END();
