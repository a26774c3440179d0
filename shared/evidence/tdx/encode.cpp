#include "shared/evidence/tdx/encode.hpp"

#include "shared/evidence/sgx/encode.hpp"

namespace troth::evidence::tdx {

bytes encode(const td_report& report) {
  sgx::encoder out;
  out.raw(report.tee_tcb_svn)
    .raw(report.mr_seam)
    .raw(report.mr_signer_seam)
    .number(report.seam_attributes, 8)
    .number(report.td_attributes, 8)
    .number(report.xfam, 8)
    .raw(report.mr_td)
    .raw(report.mr_config_id)
    .raw(report.mr_owner)
    .raw(report.mr_owner_config);
  for (const auto& rtmr : report.rtmrs)
    out.raw(rtmr);
  out.raw(report.report_data);
  if (report.added)
    out.raw(report.added->tee_tcb_svn2).raw(report.added->mr_service_td);
  return std::move(out).take();
}

bytes encode(const quote& of) {
  const auto signature = sgx::encode(of.signed_by, sgx::signature_layout::wrapped);
  sgx::encoder out;
  out.raw(of.signed_bytes).number(signature.size(), 4).raw(signature);
  return std::move(out).take();
}

} // namespace troth::evidence::tdx
