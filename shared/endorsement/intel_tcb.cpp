#include "shared/endorsement/intel_tcb.hpp"

#include "shared/base/hex.hpp"

#include <algorithm>

namespace troth::endorsement::intel {

namespace {

constexpr std::size_t module_svn = 0;     // of TEE_TCB_SVN
constexpr std::size_t module_major = 1;   // likewise
constexpr std::size_t late_microcode = 2; // likewise

bool at_least(std::span<const std::uint8_t> have, std::span<const std::uint8_t> need) {
  return std::ranges::equal(have, need, std::ranges::greater_equal{});
}

bool is_out_of_date(const svn_level* level) {
  return level != nullptr && level->rating.status == tcb_status::out_of_date;
}

bool is_revoked(const svn_level* level) {
  return level != nullptr && level->rating.status == tcb_status::revoked;
}

/// What a platform's status becomes beside a part that is out of date.
tcb_status worsened(tcb_status platform) {
  switch (platform) {
  case tcb_status::up_to_date:
  case tcb_status::sw_hardening_needed:
    return tcb_status::out_of_date;
  case tcb_status::configuration_needed:
  case tcb_status::configuration_and_sw_hardening_needed:
    return tcb_status::out_of_date_configuration_needed;
  default:
    return platform;
  }
}

bool needs_configuration(tcb_status status) {
  return status == tcb_status::configuration_needed
         || status == tcb_status::out_of_date_configuration_needed
         || status == tcb_status::configuration_and_sw_hardening_needed;
}

/// Whether the module that runs the TD now is the newest there is.
bool runs_on_newest(const tcb_info& info, const tee_tcb_svn& now) {
  const auto& newest = info.levels.front();
  if (now[late_microcode] < newest.tdx_components[late_microcode])
    return false;
  if (now[module_major] == 0)
    return now[module_svn] >= newest.tdx_components[module_svn];
  const auto* module = find_module(info, now);
  return module != nullptr && !module->levels.empty()
         && now[module_svn] >= module->levels.front().isv_svn;
}

/// What becomes of the status of a TD that is out of date only because it was launched so.
tcb_status relaunched(const tcb_inputs& in, const tcb_evaluation& of, tcb_status td) {
  if (!in.td->added || !is_out_of_date(of.module_level) || is_out_of_date(of.qe))
    return td;
  if (td != tcb_status::out_of_date && td != tcb_status::out_of_date_configuration_needed)
    return td;
  const auto* without_td = match_level(in.info, in.platform, nullptr);
  if (without_td == nullptr || without_td->rating.status < tcb_status::configuration_needed
      || !runs_on_newest(in.info, in.td->added->tee_tcb_svn2))
    return td;
  return needs_configuration(without_td->rating.status) || needs_configuration(td)
           ? tcb_status::td_relaunch_advised_configuration_needed
           : tcb_status::td_relaunch_advised;
}

std::optional<tcb_status> converge(const tcb_inputs& in, const tcb_evaluation& of) {
  const auto needs_module_level = in.td != nullptr && in.td->tee_tcb_svn[module_major] != 0;
  if (of.platform == nullptr || of.qe == nullptr || (in.td != nullptr && of.module == nullptr)
      || (needs_module_level && of.module_level == nullptr))
    return std::nullopt;
  auto status = of.platform->rating.status;
  if (status == tcb_status::revoked || is_revoked(of.qe) || is_revoked(of.module_level))
    return tcb_status::revoked;
  if (is_out_of_date(of.module_level))
    status = worsened(status);
  if (in.td != nullptr)
    status = relaunched(in, of, status);
  return is_out_of_date(of.qe) ? worsened(status) : status;
}

void add_advisories(std::vector<std::string>& to, const tcb_rating& from) {
  for (const auto& one : from.advisories)
    if (std::ranges::find(to, one) == to.end())
      to.push_back(one);
}

} // namespace

const tcb_level* match_level(const tcb_info& info, const pck_tcb& platform,
                             const tee_tcb_svn* tdx) {
  const std::size_t from = tdx != nullptr && (*tdx)[module_major] > 0 ? late_microcode : 0;
  const auto fits = [&](const tcb_level& level) {
    return at_least(platform.components, level.sgx_components) && platform.pce_svn >= level.pce_svn
           && (tdx == nullptr
               || at_least(std::span{*tdx}.subspan(from),
                           std::span{level.tdx_components}.subspan(from)));
  };
  const auto at = std::ranges::find_if(info.levels, fits);
  return at != info.levels.end() ? &*at : nullptr;
}

const svn_level* match_level(std::span<const svn_level> levels, std::uint16_t isv_svn) {
  const auto at = std::ranges::find_if(levels, [&](const svn_level& level) {
    return level.isv_svn <= isv_svn;
  });
  return at != levels.end() ? &*at : nullptr;
}

std::string module_id(const tee_tcb_svn& svn) {
  if (svn[module_major] == 0)
    return "tdxModule";
  auto digits = hex(std::span{svn}.subspan(module_major, 1));
  std::ranges::transform(digits, digits.begin(),
                         [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return "TDX_" + digits;
}

const tdx_module* find_module(const tcb_info& info, const tee_tcb_svn& svn) {
  if (svn[module_major] == 0)
    return info.module ? &*info.module : nullptr;
  const auto at = std::ranges::find(info.identities, module_id(svn), &tdx_module::id);
  return at != info.identities.end() ? &*at : nullptr;
}

bool is_of_identity(const evidence::sgx::enclave_report& report, const enclave_identity& identity) {
  return (report.misc_select & identity.misc_select_mask) == identity.misc_select
         && (report.flags & identity.flags_mask) == identity.flags
         && (report.xfrm & identity.xfrm_mask) == identity.xfrm
         && report.mr_signer == identity.mr_signer && report.isv_prod_id == identity.isv_prod_id;
}

tcb_evaluation evaluate(const tcb_inputs& in) {
  tcb_evaluation out;
  out.platform = match_level(in.info, in.platform,
                             in.td != nullptr ? &in.td->tee_tcb_svn : nullptr);
  out.qe = match_level(in.identity.levels, in.qe_isv_svn);
  if (in.td != nullptr)
    out.module = find_module(in.info, in.td->tee_tcb_svn);
  if (out.module != nullptr)
    out.module_level = match_level(out.module->levels, in.td->tee_tcb_svn[module_svn]);
  out.converged = converge(in, out);
  if (out.platform != nullptr)
    add_advisories(out.advisories, out.platform->rating);
  for (const auto* level : {out.module_level, out.qe})
    if (level != nullptr)
      add_advisories(out.advisories, level->rating);
  return out;
}

} // namespace troth::endorsement::intel
