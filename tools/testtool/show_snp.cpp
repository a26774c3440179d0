#include "shared/base/hex.hpp"
#include "tools/testtool/inspect.hpp"

#include <array>
#include <optional>
#include <span>
#include <utility>

namespace troth::testtool {

namespace {

using namespace evidence::snp;
using terminal::sheet;

using bit = std::pair<std::uint64_t, std::string_view>;

constexpr auto policy_bits = std::to_array<bit>({
  {guest_policy::smt, "SMT"},
  {guest_policy::reserved_one, "reserved (1)"},
  {guest_policy::migrate_ma, "MIGRATE_MA"},
  {guest_policy::debug, "DEBUG"},
  {guest_policy::single_socket, "SINGLE_SOCKET"},
  {guest_policy::cxl_allow, "CXL_ALLOW"},
  {guest_policy::mem_aes_256_xts, "MEM_AES_256_XTS"},
  {guest_policy::rapl_dis, "RAPL_DIS"},
  {guest_policy::ciphertext_hiding_dram, "CIPHERTEXT_HIDING_DRAM"},
  {guest_policy::page_swap_disable, "PAGE_SWAP_DISABLE"},
});

constexpr auto platform_bits = std::to_array<bit>({
  {platform_info::smt_en, "SMT_EN"},
  {platform_info::tsme_en, "TSME_EN"},
  {platform_info::ecc_en, "ECC_EN"},
  {platform_info::rapl_dis, "RAPL_DIS"},
  {platform_info::ciphertext_hiding_dram_en, "CIPHERTEXT_HIDING_DRAM_EN"},
  {platform_info::alias_check_complete, "ALIAS_CHECK_COMPLETE"},
  {platform_info::tio_en, "TIO_EN"},
});

std::string names(std::uint64_t value, std::span<const bit> bits, std::uint64_t known) {
  std::string out;
  for (const auto& [mask, name] : bits)
    if ((value & mask) != 0)
      out += (out.empty() ? "" : ", ") + std::string{name};
  if ((value & ~known) != 0)
    out += (out.empty() ? "" : ", ") + std::string{"and bits that nobody has described"};
  return out.empty() ? "none" : out;
}

std::string key_name(const attestation_report& what) {
  if (what.is_signed_by(signing_key::vcek))
    return "VCEK";
  if (what.is_signed_by(signing_key::vlek))
    return "VLEK";
  return what.is_signed_by(signing_key::none) ? "none" : std::to_string(what.signing_key_id);
}

std::string tcb_text(const tcb_version& tcb, std::optional<product_line> line) {
  if (!line)
    return hex(tcb);
  const auto parts = parts_of(tcb, *line);
  return "boot loader " + std::to_string(parts.boot_loader) + ", TEE " + std::to_string(parts.tee)
         + ", SNP " + std::to_string(parts.snp) + ", microcode " + std::to_string(parts.microcode)
         + (line == product_line::turin ? ", FMC " + std::to_string(parts.fmc) : "");
}

void show_firmware(sheet& out, const attestation_report& what) {
  const auto line = product_of(what);
  out.row(2, "processor", line ? name(*line) : "not told, or unknown");
  out.row(2, "firmware",
          to_string(what.current_version) + ", committed " + to_string(what.committed_version));
  out.row(2, "current TCB", tcb_text(what.current_tcb, line));
  out.row(2, "committed TCB", tcb_text(what.committed_tcb, line));
  out.row(2, "launch TCB", tcb_text(what.launch_tcb, line));
  out.row(2, "reported TCB", tcb_text(what.reported_tcb, line));
  out.row(2, "platform", names(what.platform_info, platform_bits, platform_info::known));
  out.row(2, "chip id", hex(what.chip_id));
}

} // namespace

void show(sheet& out, const attestation_report& what) {
  out.heading("SNP attestation report");
  out.row(2, "version", std::to_string(what.version));
  out.row(2, "guest SVN", std::to_string(what.guest_svn));
  out.row(2, "VMPL", std::to_string(what.vmpl));
  out.row(2, "ABI",
          std::to_string(what.policy >> 8 & 0xff) + '.' + std::to_string(what.policy & 0xff)
            + " or later");
  out.row(2, "policy",
          names(what.policy & ~std::uint64_t{0xffff}, policy_bits, guest_policy::known));
  out.row(2, "measurement", hex(what.measurement));
  out.row(2, "report data", hex(what.report_data));
  out.row(2, "host data", hex(what.host_data));
  out.row(2, "family id", hex(what.family_id));
  out.row(2, "image id", hex(what.image_id));
  out.row(2, "id key", hex(what.id_key_digest));
  out.row(2, "author key", what.author_key_enabled ? hex(what.author_key_digest) : "none");
  out.row(2, "report id", hex(what.report_id));
  out.row(2, "signed by", key_name(what));
  show_firmware(out, what);
}

} // namespace troth::testtool
