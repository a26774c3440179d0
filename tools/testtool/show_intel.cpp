#include "shared/base/hex.hpp"
#include "shared/base/time.hpp"
#include "shared/endorsement/intel_pck.hpp"
#include "shared/endorsement/intel_statement.hpp"
#include "shared/endorsement/intel_tcb_info.hpp"
#include "tools/testtool/inspect.hpp"

#include <array>
#include <span>
#include <utility>

namespace troth::testtool {

namespace {

using namespace evidence;
using namespace endorsement::intel;
using terminal::sheet;

using flag = std::pair<std::uint64_t, std::string_view>;

constexpr std::size_t label_at = 2;
constexpr std::size_t max_levels = 8; // that are shown

constexpr auto enclave_flags = std::to_array<flag>({
  {sgx::attribute::init, "INIT"},
  {sgx::attribute::debug, "DEBUG"},
  {sgx::attribute::mode64bit, "MODE64BIT"},
  {sgx::attribute::provision_key, "PROVISION_KEY"},
  {sgx::attribute::einittoken_key, "EINITTOKEN_KEY"},
  {sgx::attribute::cet, "CET"},
  {sgx::attribute::kss, "KSS"},
  {sgx::attribute::aex_notify, "AEX_NOTIFY"},
});

constexpr auto domain_flags = std::to_array<flag>({
  {tdx::td_attribute::debug, "DEBUG"},
  {tdx::td_attribute::lass, "LASS"},
  {tdx::td_attribute::sept_ve_disable, "SEPT_VE_DISABLE"},
  {tdx::td_attribute::migratable, "MIGRATABLE"},
  {tdx::td_attribute::pks, "PKS"},
  {tdx::td_attribute::kl, "KL"},
  {tdx::td_attribute::tpa, "TPA"},
  {tdx::td_attribute::perfmon, "PERFMON"},
});

std::string names_of(std::uint64_t value, std::span<const flag> flags, std::uint64_t known) {
  std::string out;
  for (const auto& [mask, name] : flags)
    if ((value & mask) != 0)
      out += (out.empty() ? "" : ", ") + std::string{name};
  if ((value & ~known) != 0)
    out += (out.empty() ? "" : ", ") + std::string{"and bits that nobody has described"};
  return out.empty() ? "none" : out;
}

std::string in_hex(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(value >> (8 * (bytes.size() - 1 - i)));
  return "0x" + hex(bytes);
}

std::string listed(std::span<const std::uint8_t> numbers) {
  std::string out;
  for (const auto each : numbers)
    out += (out.empty() ? "" : " ") + std::to_string(each);
  return out;
}

std::string listed(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& each : texts)
    out += (out.empty() ? "" : ", ") + each;
  return out;
}

void show_enclave(sheet& out, const sgx::enclave_report& what) {
  out.row(label_at, "MRENCLAVE", hex(what.mr_enclave));
  out.row(label_at, "MRSIGNER", hex(what.mr_signer));
  out.row(label_at, "ISVPRODID", std::to_string(what.isv_prod_id));
  out.row(label_at, "ISVSVN", std::to_string(what.isv_svn));
  out.row(label_at, "attributes", names_of(what.flags, enclave_flags, sgx::attribute::known));
  out.row(label_at, "XFRM", in_hex(what.xfrm));
  out.row(label_at, "MISCSELECT", in_hex(what.misc_select));
  out.row(label_at, "CPUSVN", hex(what.cpu_svn));
  out.row(label_at, "CONFIGID", hex(what.config_id));
  out.row(label_at, "report data", hex(what.report_data));
}

void show_domain(sheet& out, const tdx::td_report& what) {
  out.row(label_at, "MRTD", hex(what.mr_td));
  for (std::size_t i = 0; i < what.rtmrs.size(); ++i)
    out.row(label_at, "RTMR" + std::to_string(i), hex(what.rtmrs.at(i)));
  out.row(label_at, "MRCONFIGID", hex(what.mr_config_id));
  out.row(label_at, "MROWNER", hex(what.mr_owner));
  out.row(label_at, "MROWNERCONFIG", hex(what.mr_owner_config));
  out.row(label_at, "attributes",
          names_of(what.td_attributes, domain_flags, tdx::td_attribute::known));
  out.row(label_at, "XFAM", in_hex(what.xfam));
  out.row(label_at, "MRSEAM", hex(what.mr_seam));
  out.row(label_at, "MRSIGNERSEAM", hex(what.mr_signer_seam));
  out.row(label_at, "SEAM attributes", in_hex(what.seam_attributes));
  out.row(label_at, "TEE_TCB_SVN", listed(what.tee_tcb_svn));
  if (what.added) {
    out.row(label_at, "TEE_TCB_SVN2", listed(what.added->tee_tcb_svn2));
    out.row(label_at, "MRSERVICETD", hex(what.added->mr_service_td));
  }
  out.row(label_at, "report data", hex(what.report_data));
}

void show_signer(sheet& out, const sgx::quote_header& header, const sgx::signature_data& by,
                 std::size_t trailing) {
  out.row(label_at, "QE vendor", hex(header.qe_vendor_id));
  if (trailing != 0)
    out.row(label_at, "behind it", std::to_string(trailing) + " bytes");
  out.heading("Quoting enclave");
  show_enclave(out, by.qe_report);
  out.row(label_at, "auth data", hex(by.qe_auth_data));
  out.row(label_at, "certified by", "data of type " + std::to_string(static_cast<int>(by.type)));
  if (by.type != sgx::certification_type::pck_chain)
    return;
  const auto chain = parse_pck_chain(by.certification_data);
  if (!chain)
    return out.row(label_at, "unreadable", to_string(chain.error()));
  for (const auto& one : *chain)
    show(out, one);
}

void show_head(sheet& out, const statement_head& what) {
  out.row(label_at, "id", what.id);
  out.row(label_at, "version", std::to_string(what.version));
  out.row(label_at, "valid", format_time(what.issue_date) + " to " + format_time(what.next_update));
  out.row(label_at, "evaluation", std::to_string(what.evaluation_number));
}

void show_rating(sheet& out, const tcb_rating& what) {
  out.row(label_at + 2, "status",
          std::string{name(what.status)} + ", of " + format_time(what.date));
  out.row(label_at + 2, "advisories", listed(what.advisories));
}

void show_levels(sheet& out, std::span<const svn_level> levels) {
  for (const auto& level : levels.first(std::min(levels.size(), max_levels))) {
    out.row(label_at, "ISVSVN from", std::to_string(level.isv_svn));
    show_rating(out, level.rating);
  }
}

void show_info(sheet& out, const tcb_info& what) {
  out.heading("TCB info");
  show_head(out, what);
  out.row(label_at, "FMSPC", hex(what.fmspc));
  out.row(label_at, "PCE-ID", hex(what.pce_id));
  for (const auto& module : what.identities) {
    out.row(label_at, "TDX module", module.id);
    show_levels(out, module.levels);
  }
  const std::span levels{what.levels};
  for (const auto& level : levels.first(std::min(levels.size(), max_levels))) {
    out.row(label_at, "SVNs from",
            listed(level.sgx_components) + ", PCE " + std::to_string(level.pce_svn));
    if (what.id == "TDX")
      out.row(label_at, "TDX from", listed(level.tdx_components));
    show_rating(out, level.rating);
  }
  if (levels.size() > max_levels)
    out.row(label_at, "and", std::to_string(levels.size() - max_levels) + " levels below");
}

void show_identity(sheet& out, const enclave_identity& what) {
  out.heading("Identity of an enclave of Intel's");
  show_head(out, what);
  out.row(label_at, "MRSIGNER", hex(what.mr_signer));
  out.row(label_at, "ISVPRODID", std::to_string(what.isv_prod_id));
  out.row(label_at, "attributes", names_of(what.flags, enclave_flags, sgx::attribute::known));
  show_levels(out, what.levels);
}

} // namespace

void show(sheet& out, const sgx::quote& what) {
  out.heading("SGX quote, version " + std::to_string(what.header.version));
  show_enclave(out, what.body);
  show_signer(out, what.header, what.signed_by, what.trailing_bytes);
}

void show(sheet& out, const tdx::quote& what) {
  out.heading("TDX quote, version " + std::to_string(what.header.version));
  show_domain(out, what.body);
  show_signer(out, what.header, what.signed_by, what.trailing_bytes);
}

void show(sheet& out, const pck_extension& what) {
  out.row(label_at, "FMSPC", hex(what.fmspc));
  out.row(label_at, "PCE-ID", hex(what.pce_id));
  out.row(label_at, "PPID", hex(what.ppid));
  out.row(label_at, "SGX TCB",
          listed(what.tcb.components) + ", PCE " + std::to_string(what.tcb.pce_svn));
  out.row(label_at, "CPUSVN", hex(what.tcb.cpu_svn));
  if (what.platform_instance_id)
    out.row(label_at, "platform", hex(*what.platform_instance_id));
}

result<void> show_statement(sheet& out, std::string_view json) {
  if (const auto info = parse_signed_statement(json, "tcbInfo")) {
    const auto read = parse_tcb_info(info->body);
    if (!read)
      return read.error();
    show_info(out, *read);
    return {};
  }
  const auto identity = parse_signed_statement(json, "enclaveIdentity");
  if (!identity)
    return error{errc::unsupported, "JSON that is neither TCB info nor an enclave's identity"};
  const auto read = parse_enclave_identity(identity->body);
  if (!read)
    return read.error();
  show_identity(out, *read);
  return {};
}

} // namespace troth::testtool
