#include "shared/evidence/tpm/attest.hpp"

namespace troth::evidence::tpm {

namespace {

constexpr std::uint32_t generated_value = 0xFF544347; // TPM_GENERATED_VALUE, "\xffTCG"
constexpr std::size_t max_data = 66;                  // TPM2B_DATA: a TPMT_HA

} // namespace

void read_attest(reader& in, std::uint16_t type, attest& into) {
  in.require(in.u32be("magic") == generated_value, errc::malformed, "magic");
  in.require(in.u16be("type") == type, errc::unsupported, "type");
  into.qualified_signer = copy(in.sized16be(max_name, "qualified_signer"));
  into.extra_data = copy(in.sized16be(max_data, "extra_data"));
  into.clock_ms = in.u64be("clock");
  into.reset_count = in.u32be("reset_count");
  into.restart_count = in.u32be("restart_count");
  const auto safe = in.u8("safe");
  in.require(safe <= 1, errc::malformed, "safe");
  into.clock_safe = safe == 1;
  into.firmware_version = in.u64be("firmware_version");
}

} // namespace troth::evidence::tpm
