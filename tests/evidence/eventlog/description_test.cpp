#include "shared/evidence/eventlog/description.hpp"

#include "tests/support/hex.hpp"

#include <doctest/doctest.h>

using namespace troth;
using namespace troth::testing;
using namespace troth::evidence::eventlog;

TEST_SUITE_BEGIN("evidence/eventlog/description");

TEST_CASE("text describes itself, with a dot for what cannot be printed") {
  CHECK(describe(event_type::efi_action, to_bytes("Exit Boot Services")) == "Exit Boot Services");
  CHECK(describe(event_type::ipl, "67 0a 1b ff 72 00"_hex) == "g...r");
  CHECK(describe(event_type::post_code, to_bytes("ACPI DATA")) == "ACPI DATA");
}

TEST_CASE("wide text is narrowed") {
  CHECK(describe(event_type::s_crtm_version, "4200 4900 4f00 5300 0000"_hex) == "BIOS");
}

TEST_CASE("a variable is described by its name") {
  const auto secure_boot = "61dfe48bca93d211aa0d00e098032b8c 0200000000000000 0100000000000000"
                           "5000 4b00 01"_hex;
  CHECK(describe(event_type::efi_variable_driver_config, secure_boot) == "PK");
  CHECK(describe(event_type::efi_variable_authority, "00"_hex).empty());
}

TEST_CASE("data that is no text has no description") {
  CHECK(describe(event_type::separator, "00000000"_hex).empty());
  CHECK(describe(event_type::efi_platform_firmware_blob, "0000ff1000000000"_hex).empty());
  CHECK(describe(event_type::no_action, {}).empty());
}

TEST_CASE("a description is cut at its limit") {
  CHECK(describe(event_type::ipl, bytes(10'000, 'x')).size() == max_description);
  bytes wide;
  for (int i = 0; i < 10'000; ++i)
    wide.insert(wide.end(), {'y', 0});
  CHECK(describe(event_type::ipl, wide).size() == max_description);
}

TEST_SUITE_END();
