#include "shared/evidence/tpm/quote.hpp"

#include "shared/base/reader.hpp"

namespace troth::evidence::tpm {

namespace {

constexpr std::uint32_t generated_value = 0xFF544347; // TPM_GENERATED_VALUE, "\xffTCG"
constexpr std::uint16_t attest_quote = 0x8018;        // TPM_ST_ATTEST_QUOTE
constexpr std::size_t max_name = 68;                  // 2-byte algorithm, digest of 64
constexpr std::size_t max_data = 66;
constexpr std::size_t max_digest = 64;
constexpr std::uint32_t max_banks = 16;
constexpr std::uint8_t max_select = 4; // bytes, 32 PCRs

} // namespace

result<quote> parse_quote(byte_view attest) {
  reader in{attest, "tpm.quote"};
  quote out;
  out.signed_bytes = copy(attest);
  in.require(in.u32be("magic") == generated_value, errc::malformed, "magic");
  in.require(in.u16be("type") == attest_quote, errc::unsupported, "type");
  out.qualified_signer = copy(in.sized16be(max_name, "qualified_signer"));
  out.extra_data = copy(in.sized16be(max_data, "extra_data"));
  out.clock_ms = in.u64be("clock");
  out.reset_count = in.u32be("reset_count");
  out.restart_count = in.u32be("restart_count");
  const auto safe = in.u8("safe");
  in.require(safe <= 1, errc::malformed, "safe");
  out.clock_safe = safe == 1;
  out.firmware_version = in.u64be("firmware_version");
  const auto banks = in.u32be("pcr_select.count");
  in.require(banks <= max_banks, errc::too_large, "pcr_select.count");
  for (std::uint32_t i = 0; i < banks && in.ok(); ++i) {
    const auto hash = in.u16be("pcr_select.hash");
    const auto size = in.u8("pcr_select.size");
    in.require(size <= max_select, errc::too_large, "pcr_select.size");
    out.selections.push_back({hash, copy(in.take(size, "pcr_select.bitmap"))});
  }
  out.pcr_digest = copy(in.sized16be(max_digest, "pcr_digest"));
  return in.finish(std::move(out));
}

} // namespace troth::evidence::tpm
