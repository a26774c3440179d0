#include "shared/evidence/tpm/quote.hpp"

#include "shared/base/reader.hpp"

namespace troth::evidence::tpm {

namespace {

constexpr std::uint16_t attest_quote = 0x8018; // TPM_ST_ATTEST_QUOTE
constexpr std::uint32_t max_banks = 16;
constexpr std::uint8_t max_select = 4; // bytes, 32 PCRs

} // namespace

std::vector<std::uint32_t> pcr_selection::pcrs() const {
  std::vector<std::uint32_t> out;
  for (std::uint32_t pcr = 0; pcr < bitmap.size() * 8; ++pcr)
    if ((bitmap[pcr / 8] >> pcr % 8 & 1) != 0)
      out.push_back(pcr);
  return out;
}

result<quote> parse_quote(byte_view attest) {
  reader in{attest, "tpm.quote"};
  quote out;
  out.signed_bytes = copy(attest);
  read_attest(in, attest_quote, out);
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
