#include "shared/evidence/eventlog/coverage.hpp"

#include "tests/support/hex.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::eventlog;

namespace {

// UEFI_VARIABLE_DATA: a GUID, 2 characters, 3 bytes, "AB", the bytes.
const bytes variable = "000102030405060708090a0b0c0d0e0f"
                       "0200000000000000 0300000000000000 4100 4200 c0c1c2"_hex;

bool says(const data_coverage& coverage, covers covered, bool is_strict,
          std::vector<bytes> candidates) {
  return coverage.digest_covers == covered && coverage.is_strict == is_strict
         && std::ranges::equal(coverage.candidates, candidates, std::ranges::equal);
}

} // namespace

TEST_SUITE_BEGIN("evidence/eventlog/coverage");

TEST_CASE("the data of types that are hashed whole must be what was hashed") {
  const auto data = "00000000"_hex;
  for (const auto type :
       {event_type::separator, event_type::s_crtm_version, event_type::efi_variable_driver_config,
        event_type::efi_variable_boot2, event_type::efi_gpt_event, event_type::efi_gpt_event2,
        event_type::efi_spdm_device_policy, event_type::efi_spdm_device_authority})
    CHECK(says(coverage_of(type, data), covers::data, true, {data}));
}

TEST_CASE("where platforms may hash something else, another digest proves nothing") {
  const auto data = "0a0b"_hex;
  for (const auto type :
       {event_type::platform_config_flags, event_type::table_of_devices, event_type::nonhost_info,
        event_type::efi_spdm_firmware_blob, event_type::efi_spdm_firmware_config})
    CHECK(says(coverage_of(type, data), covers::data, false, {data}));
}

TEST_CASE("where code or tables were hashed, the data is only a claim") {
  for (const auto type :
       {event_type::no_action, event_type::post_code, event_type::s_crtm_contents,
        event_type::cpu_microcode, event_type::compact_hash, event_type::ipl_partition_data,
        event_type::nonhost_code, event_type::efi_boot_services_application,
        event_type::efi_platform_firmware_blob, event_type::efi_handoff_tables2,
        event_type::efi_hcrtm_event, static_cast<event_type>(0x8000'0042)})
    CHECK(says(coverage_of(type, "0a0b"_hex), covers::no, false, {}));
}

TEST_CASE("an action is hashed without its NUL, or with it") {
  CHECK(says(coverage_of(event_type::efi_action, "6162"_hex), covers::data, true, {"6162"_hex}));
  CHECK(says(coverage_of(event_type::action, "616200"_hex), covers::data, true,
             {"6162"_hex, "616200"_hex}));
}

TEST_CASE("of a boot variable its data was hashed, or all of it") {
  CHECK(says(coverage_of(event_type::efi_variable_boot, variable), covers::part, true,
             {"c0c1c2"_hex, variable}));
  CHECK(says(coverage_of(event_type::efi_variable_boot, "00"_hex), covers::data, true, {"00"_hex}));
}

TEST_CASE("an authority is hashed whole, or without the surplus old shims append") {
  CHECK(says(coverage_of(event_type::efi_variable_authority, variable), covers::data, true,
             {variable}));
  auto longer = variable;
  longer.insert(longer.end(), 6, 0xee);
  CHECK(says(coverage_of(event_type::efi_variable_authority, longer), covers::part, true,
             {longer, variable}));
}

TEST_CASE("a tagged event is hashed whole, unless Linux wrote it") {
  const auto other = "01000000 01000000 ff"_hex;
  CHECK(says(coverage_of(event_type::event_tag, other), covers::data, false, {other}));
  for (const auto& linux_tag : {"ec223b8f 00000000"_hex, "ed223b8f 00000000"_hex})
    CHECK(says(coverage_of(event_type::event_tag, linux_tag), covers::no, false, {}));
}

TEST_CASE("of GRUB's commands the text behind the label was hashed") {
  auto text = to_bytes("kernel_cmdline: /vmlinuz quiet");
  text.push_back(0);
  CHECK(says(coverage_of(event_type::ipl, text), covers::part, true, {to_bytes("/vmlinuz quiet")}));
  CHECK(says(coverage_of(event_type::ipl, to_bytes("grub_cmd: ")), covers::part, true, {bytes{}}));
  const auto old = to_bytes(std::string_view{"grub_cmd set x\0", 15});
  CHECK(says(coverage_of(event_type::ipl, old), covers::part, false,
             {to_bytes("set x"), to_bytes(std::string_view{"set x\0", 6})}));
}

TEST_CASE("a loader's file name is only a claim, a wide command line may be proved") {
  CHECK(says(coverage_of(event_type::ipl, to_bytes("/grub/grub.cfg")), covers::no, false, {}));
  CHECK(says(coverage_of(event_type::ipl, {}), covers::no, false, {}));
  CHECK(
    says(coverage_of(event_type::ipl, "7100 7500"_hex), covers::data, false, {"7100 7500"_hex}));
}

TEST_SUITE_END();
