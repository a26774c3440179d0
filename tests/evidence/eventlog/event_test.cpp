#include "shared/evidence/eventlog/event.hpp"

#include <doctest/doctest.h>

using namespace troth::evidence::eventlog;

TEST_SUITE_BEGIN("evidence/eventlog/event");

TEST_CASE("event types have the names TCG gives them, others a number") {
  CHECK(name(event_type::preboot_cert) == "EV_PREBOOT_CERT");
  CHECK(name(event_type::no_action) == "EV_NO_ACTION");
  CHECK(name(event_type::ipl) == "EV_IPL");
  CHECK(name(event_type::efi_variable_authority) == "EV_EFI_VARIABLE_AUTHORITY");
  CHECK(name(static_cast<event_type>(0x8000'0042)) == "0x80000042");
}

TEST_CASE("a name leads back to its type") {
  for (const std::uint32_t base : {0U, 0x8000'0000U})
    for (std::uint32_t low = 0; low < 0x100; ++low) {
      const auto type = static_cast<event_type>(base + low);
      CHECK(parse_event_type(name(type)) == type);
    }
}

TEST_CASE("no other text is an event type") {
  for (const auto* text : {"", "EV_", "ev_ipl", "EV_IPL ", "0x", "0x8000004", "0x8000004G",
                           "0x0000000d", "0xABCDEF01", "TPM_PCR_INIT_VALUE"})
    CHECK(!parse_event_type(text));
}

TEST_SUITE_END();
