#include "shared/evidence/sgx/enclave_report.hpp"

#include "shared/evidence/sgx/fields.hpp"

namespace troth::evidence::sgx {

enclave_report read_enclave_report(reader& in) {
  enclave_report out;
  out.cpu_svn = take<16>(in, "cpu_svn");
  out.misc_select = in.u32le("misc_select");
  take_zeros(in, 12, "reserved1");
  out.isv_ext_prod_id = take<16>(in, "isv_ext_prod_id");
  out.flags = in.u64le("attributes.flags");
  out.xfrm = in.u64le("attributes.xfrm");
  out.mr_enclave = take<32>(in, "mr_enclave");
  take_zeros(in, 32, "reserved2");
  out.mr_signer = take<32>(in, "mr_signer");
  take_zeros(in, 32, "reserved3");
  out.config_id = take<64>(in, "config_id");
  out.isv_prod_id = in.u16le("isv_prod_id");
  out.isv_svn = in.u16le("isv_svn");
  out.config_svn = in.u16le("config_svn");
  take_zeros(in, 42, "reserved4");
  out.isv_family_id = take<16>(in, "isv_family_id");
  out.report_data = take<64>(in, "report_data");
  return out;
}

result<enclave_report> parse_enclave_report(byte_view input) {
  reader in{input, "sgx.report"};
  const auto report = read_enclave_report(in);
  return in.finish(report);
}

} // namespace troth::evidence::sgx
