#include "shared/evidence/tdx/td_report.hpp"

#include "shared/evidence/sgx/fields.hpp"

namespace troth::evidence::tdx {

using sgx::take;

td_report read_td_report(reader& in, td_report_layout layout) {
  td_report out;
  out.tee_tcb_svn = take<16>(in, "tee_tcb_svn");
  out.mr_seam = take<48>(in, "mr_seam");
  out.mr_signer_seam = take<48>(in, "mr_signer_seam");
  out.seam_attributes = in.u64le("seam_attributes");
  out.td_attributes = in.u64le("td_attributes");
  out.xfam = in.u64le("xfam");
  out.mr_td = take<48>(in, "mr_td");
  out.mr_config_id = take<48>(in, "mr_config_id");
  out.mr_owner = take<48>(in, "mr_owner");
  out.mr_owner_config = take<48>(in, "mr_owner_config");
  for (auto& rtmr : out.rtmrs)
    rtmr = take<48>(in, "rtmr");
  out.report_data = take<64>(in, "report_data");
  if (layout == td_report_layout::v1_5) {
    auto& added = out.added.emplace();
    added.tee_tcb_svn2 = take<16>(in, "tee_tcb_svn2");
    added.mr_service_td = take<48>(in, "mr_service_td");
  }
  return out;
}

} // namespace troth::evidence::tdx
