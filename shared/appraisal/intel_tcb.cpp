#include "shared/appraisal/intel_platform.hpp"
#include "shared/appraisal/intel_rules.hpp"
#include "shared/base/hex.hpp"

#include <algorithm>

namespace troth::appraisal {

namespace {

using namespace endorsement::intel;

std::string joined(const auto& names) {
  std::string out;
  for (const auto& one : names)
    out += (out.empty() ? "" : ", ") + std::string{one};
  return out;
}

/// Says which parts are below the newest level that Intel lists, and how high they must be.
std::string what_is_missing(const tcb_info& info, const pck_tcb& platform,
                            const evidence::tdx::td_report* td) {
  const auto& newest = info.levels.front();
  std::string out;
  const auto need = [&](const std::string& part, unsigned got, unsigned wanted) {
    if (got < wanted)
      out += (out.empty() ? "for the level of " + format_time(newest.rating.date) + ": " : ", ")
             + part + " is " + std::to_string(got) + ", must be " + std::to_string(wanted);
  };
  for (std::size_t i = 0; i < newest.sgx_components.size(); ++i)
    need("SGX component " + std::to_string(i + 1), platform.components.at(i),
         newest.sgx_components.at(i));
  need("PCESVN", platform.pce_svn, newest.pce_svn);
  if (td != nullptr)
    for (std::size_t i = td->tee_tcb_svn[1] > 0 ? 2 : 0; i < newest.tdx_components.size(); ++i)
      need("TDX component " + std::to_string(i + 1), td->tee_tcb_svn.at(i),
           newest.tdx_components.at(i));
  return out;
}

report::check_result component_check(unsigned got, unsigned level) {
  return {got >= level ? report::status::success : report::status::fail,
          std::to_string(got),
          std::to_string(level),
          {},
          {},
          {}};
}

class tcb_appraisal {
public:
  tcb_appraisal(std::string_view subject, const intel_statements& statements,
                const intel_signer& signer, const evidence::sgx::enclave_report& qe,
                const evidence::tdx::td_report* td, ledger& book)
    : subject_(subject), info_(statements.tcb_info), identity_(statements.identity),
      signer_(signer), qe_(qe), td_(td), book_(book),
      rated_(evaluate({info_, identity_, signer.pck.tcb, qe.isv_svn, td})) {
    // nop
  }

  tcb_evaluation run(const std::vector<std::string>& accepted_by_manifest,
                     report::tcb_info_result& tcb_out, report::qe_report_result& qe_out) {
    fill(tcb_out);
    check_qe(qe_out);
    tcb_out.summary = check_status(accepted_by_manifest);
    if (rated_.converged)
      check_advisories();
    return rated_;
  }

private:
  void fill(report::tcb_info_result& out) const {
    out.id = {report::status::success, info_.id, info_.id, {}, {}, {}};
    const auto version = std::to_string(info_.version);
    out.version = {report::status::success, version, version, {}, {}, {}};
    if (rated_.converged)
      out.level.status = name(*rated_.converged);
    const auto* level = rated_.platform;
    if (level == nullptr)
      return;
    out.level.date = format_time(level->rating.date);
    const auto& have = signer_.pck.tcb;
    out.level.pce_svn = component_check(have.pce_svn, level->pce_svn);
    for (std::size_t i = 0; i < level->sgx_components.size(); ++i)
      out.level.sgx_components.push_back(
        component_check(have.components.at(i), level->sgx_components.at(i)));
    if (td_ != nullptr)
      for (std::size_t i = 0; i < level->tdx_components.size(); ++i)
        out.level.tdx_components.push_back(
          component_check(td_->tee_tcb_svn.at(i), level->tdx_components.at(i)));
  }

  void check_qe(report::qe_report_result& out) {
    const auto holds = is_of_identity(qe_, identity_);
    out.summary = book_.check(
      rules::intel_qe, subject_, holds,
      {"MRSIGNER " + hex(qe_.mr_signer) + ", ISVPRODID " + std::to_string(qe_.isv_prod_id),
       "the enclave that the QE identity describes: MRSIGNER " + hex(identity_.mr_signer)
         + ", ISVPRODID " + std::to_string(identity_.isv_prod_id)
         + ", and its attributes under their masks"});
    out.mr_signer = out.isv_prod_id = out.misc_select = out.attributes = out.summary;
    if (rated_.qe == nullptr)
      return;
    out.status = name(rated_.qe->rating.status);
    out.date = format_time(rated_.qe->rating.date);
  }

  report::check_result check_status(const std::vector<std::string>& by_manifest) {
    const auto level = book_.check(rules::intel_tcb_level, subject_, rated_.converged.has_value(),
                                   {rated_.converged ? "one" : "none",
                                    "a TCB level for platform, QE and module",
                                    {},
                                    what_is_missing(info_, signer_.pck.tcb, td_)});
    if (!rated_.converged)
      return level;
    const auto status = *rated_.converged;
    book_.check(rules::intel_revoked, subject_, status != tcb_status::revoked,
                {std::string{name(status)}, "not Revoked"});
    if (status == tcb_status::revoked)
      return book_.check(rules::intel_tcb_status, subject_, false,
                         {std::string{name(status)}, "not Revoked"});
    static const std::vector<std::string> up_to_date{"UpToDate"};
    const auto& listed = by_manifest.empty() ? up_to_date : by_manifest;
    const auto& owner = book_.rules().intel.accepted_tcb_statuses;
    const auto is_listed = std::ranges::find(listed, name(status)) != listed.end();
    std::string detail = what_is_missing(info_, signer_.pck.tcb, td_);
    if (rated_.platform != nullptr)
      detail = "level of " + format_time(rated_.platform->rating.date)
               + (rated_.advisories.empty() ? "" : "; advisories " + joined(rated_.advisories))
               + (detail.empty() ? "" : "; " + detail);
    return book_.check(rules::intel_tcb_status, subject_, is_listed && owner.contains(name(status)),
                       {std::string{name(status)},
                        "one that both accept: the manifest (" + joined(listed)
                          + ") and the policy (" + joined(owner) + ")",
                        {},
                        std::move(detail)});
  }

  void check_advisories() {
    const auto& refused = book_.rules().intel.refused_advisories;
    std::vector<std::string> met;
    for (const auto& one : rated_.advisories)
      if (refused.contains(one))
        met.push_back(one);
    book_.check(rules::intel_advisory, subject_, met.empty(),
                {joined(rated_.advisories), "none of " + joined(refused)});
  }

  std::string_view subject_;
  const tcb_info& info_;
  const enclave_identity& identity_;
  const intel_signer& signer_;
  const evidence::sgx::enclave_report& qe_;
  const evidence::tdx::td_report* td_;
  ledger& book_;
  tcb_evaluation rated_;
};

} // namespace

tcb_evaluation
appraise_intel_tcb(std::string_view subject, const intel_statements& statements,
                   const intel_signer& signer, const evidence::sgx::enclave_report& qe,
                   const evidence::tdx::td_report* td,
                   const std::vector<std::string>& accepted_by_manifest, ledger& book,
                   report::tcb_info_result& tcb_out, report::qe_report_result& qe_out) {
  return tcb_appraisal{subject, statements, signer, qe, td, book}.run(accepted_by_manifest, tcb_out,
                                                                      qe_out);
}

} // namespace troth::appraisal
