#include "shared/endorsement/log_components.hpp"

#include "shared/base/base64.hpp"
#include "shared/crypto/hash.hpp"
#include "tests/endorsement/logs.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace troth;
using namespace troth::testing;
using namespace troth::endorsement;
using evidence::eventlog::event_type;

namespace {

constexpr std::array sha256{hash_algorithm::sha256};

const bytes started_at_3 = "53746172747570 4c6f63616c697479 00 03"_hex; // StartupLocality

constexpr std::array both_banks{hash_algorithm::sha1, hash_algorithm::sha256};

parsed_log two_pcrs() {
  return parsed_log{event_log_writer{}
                      .add(4, event_type::efi_action, filled(0x11), to_bytes("Calling"))
                      .add(0, event_type::s_crtm_version, filled(0x22), to_bytes("1.0"))
                      .add(4, event_type::separator, filled(0x33), bytes(4, 0))};
}

} // namespace

TEST_SUITE_BEGIN("endorsement/log_components");

TEST_CASE("an event becomes a component of the reference's shape") {
  const auto in = two_pcrs();
  const auto made = boot_components(in.log, sha256, raw_data::leave_out);
  REQUIRE(made);
  REQUIRE(made->size() == 5);
  const auto& [pcr, component] = made->at(1);
  CHECK(pcr == 4);
  CHECK(component.type == "operating-system");
  CHECK(component.name == "EV_EFI_ACTION");
  CHECK(component.description == "Calling");
  REQUIRE(component.hashes.size() == 1);
  CHECK(component.hashes[0] == *digest::from(hash_algorithm::sha256, filled(0x11)));
  CHECK(component.properties
        == std::vector<report::property>{{"cmc.ta", "TPM"}, {"cmc.index", "4"}});
  CHECK(!component.optional);
}

TEST_CASE("a start value stands in front of the first event of each PCR") {
  const auto in = two_pcrs();
  const auto made = boot_components(in.log, sha256, raw_data::leave_out);
  REQUIRE(made);
  std::vector<std::pair<std::uint32_t, std::string>> order;
  for (const auto& each : *made)
    order.emplace_back(each.pcr, each.value.name);
  CHECK(order
        == decltype(order){{4, "TPM_PCR_INIT_VALUE"},
                           {4, "EV_EFI_ACTION"},
                           {0, "TPM_PCR_INIT_VALUE"},
                           {0, "EV_S_CRTM_VERSION"},
                           {4, "EV_SEPARATOR"}});
  CHECK(made->at(0).value.hashes.at(0) == digest{hash_algorithm::sha256});
  CHECK(made->at(0).value.type == "operating-system");
  CHECK(made->at(0).value.description.empty());
}

TEST_CASE("the startup locality is in PCR 0's start value and in no other") {
  const parsed_log in{event_log_writer{}
                        .add(0, event_type::no_action, filled(0), started_at_3)
                        .add(0, event_type::s_crtm_version, filled(1), {})
                        .add(1, event_type::separator, filled(2), {})
                        .add(17, event_type::separator, filled(2), {})};
  const auto made = boot_components(in.log, sha256, raw_data::leave_out);
  REQUIRE(made);
  auto locality = filled(0);
  locality.back() = 3;
  CHECK(made->at(0).value.hashes.at(0) == *digest::from(hash_algorithm::sha256, locality));
  CHECK(made->at(2).value.hashes.at(0) == *digest::from(hash_algorithm::sha256, filled(0)));
  CHECK(made->at(4).value.hashes.at(0) == *digest::from(hash_algorithm::sha256, filled(0xff)));
  CHECK(made->size() == 6); // EV_NO_ACTION is no component
}

TEST_CASE("raw data goes along only when asked for") {
  const auto in = two_pcrs();
  const auto with = boot_components(in.log, sha256, raw_data::include);
  const auto without = boot_components(in.log, sha256, raw_data::leave_out);
  REQUIRE(with);
  REQUIRE(without);
  CHECK(with->at(1).value.properties.back()
        == report::property{"troth.raw", base64(to_bytes("Calling"))});
  CHECK(with->at(0).value == without->at(0).value); // a start value was not hashed from anything
  CHECK(without->at(1).value.properties.size() == 2);
}

TEST_CASE("a file becomes a component that need not occur, with the hash of its template data") {
  const auto data = ima_ng_data("sha256", filled(0x11), "/usr/bin/sh");
  const ima_list in{{10, sha1_of(data), data}};
  const auto made = ima_components(in.entries, both_banks, ima_extend::hashed, raw_data::include);
  REQUIRE(made.size() == 1);
  const auto& [pcr, component] = made.at(0);
  CHECK(pcr == 10);
  CHECK(component.type == "application");
  CHECK(component.name == "sh");
  CHECK(component.description == "/usr/bin/sh");
  CHECK(component.optional);
  CHECK(component.hashes
        == std::vector{crypto::hash(hash_algorithm::sha1, data),
                       crypto::hash(hash_algorithm::sha256, data)});
  CHECK(component.properties
        == std::vector<report::property>{
          {"cmc.ta", "TPM"}, {"cmc.index", "10"}, {"troth.raw", base64(data)}});
}

TEST_CASE("older kernels pad the template hash for the banks besides SHA-1") {
  const auto data = ima_ng_data("sha256", filled(0x11), "boot_aggregate");
  const ima_list in{{10, sha1_of(data), data}};
  const auto made = ima_components(in.entries, both_banks, ima_extend::padded, raw_data::leave_out);
  auto padded = sha1_of(data);
  padded.resize(32);
  CHECK(made.at(0).value.name == "boot_aggregate");
  CHECK(made.at(0).value.hashes
        == std::vector{crypto::hash(hash_algorithm::sha1, data),
                       *digest::from(hash_algorithm::sha256, padded)});
}

TEST_CASE("a violation is all bits set, and has no raw data to prove anything with") {
  const auto data = ima_ng_data("sha256", filled(0), "/var/log/wtmp");
  const ima_list in{{10, bytes(20, 0), data}};
  for (const auto how : {ima_extend::hashed, ima_extend::padded}) {
    const auto made = ima_components(in.entries, sha256, how, raw_data::include);
    CHECK(made.at(0).value.hashes
          == std::vector{*digest::from(hash_algorithm::sha256, filled(0xff))});
    CHECK(made.at(0).value.properties.size() == 2);
  }
}

TEST_CASE("a path that cannot be printed is shown with dots, and has no raw data") {
  const auto data = ima_ng_data("sha256", filled(0x11), "/tmp/a\nb\xff/c\x01");
  const ima_list in{{11, sha1_of(data), data}};
  const auto made = ima_components(in.entries, sha256, ima_extend::hashed, raw_data::include);
  CHECK(made.at(0).value.description == "/tmp/a.b./c.");
  CHECK(made.at(0).value.name == "c.");
  CHECK(made.at(0).value.properties.size() == 2);
}

TEST_CASE("a bank that the log lacks is an error") {
  const auto in = two_pcrs();
  const std::array banks{hash_algorithm::sha256, hash_algorithm::sha384};
  const auto made = boot_components(in.log, banks, raw_data::leave_out);
  REQUIRE(!made);
  CHECK(made.error().code == errc::missing);
  CHECK(made.error().where == "eventlog: no SHA-384 digest at byte 65");
  CHECK(boot_components(in.log, {}, raw_data::leave_out).error().code == errc::unsupported);
}

TEST_CASE("by_pcr keeps the order within a PCR, and replay gives the PCR's value") {
  const auto in = two_pcrs();
  auto sorted = by_pcr(*boot_components(in.log, sha256, raw_data::leave_out));
  REQUIRE(sorted.size() == 2);
  REQUIRE(sorted.at(4).size() == 3);
  CHECK(sorted.at(4)[2].name == "EV_SEPARATOR");
  digest expected{hash_algorithm::sha256};
  crypto::extend(expected, filled(0x11));
  crypto::extend(expected, filled(0x33));
  CHECK(*replay(sorted.at(4), 4, hash_algorithm::sha256) == expected);
  CHECK(*replay({}, 18, hash_algorithm::sha256)
        == *digest::from(hash_algorithm::sha256, filled(0xff)));
  CHECK(replay(sorted.at(4), 4, hash_algorithm::sha384).error().code == errc::missing);
}

TEST_CASE("each PCR has the type that cmc gives it") {
  const std::pair<std::uint32_t, std::string_view> rows[]
    = {{0, "firmware"},     {3, "firmware"},     {4, "operating-system"}, {5, "operating-system"},
       {6, "platform"},     {7, "platform"},     {8, "operating-system"}, {9, "operating-system"},
       {10, "application"}, {14, "application"}, {23, "application"}};
  for (const auto& [pcr, type] : rows) {
    CAPTURE(pcr);
    CHECK(component_type(pcr) == type);
  }
}

TEST_SUITE_END();
