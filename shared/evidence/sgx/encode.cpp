#include "shared/evidence/sgx/encode.hpp"

namespace troth::evidence::sgx {

encoder& encoder::number(std::uint64_t value, std::size_t size_bytes) {
  for (std::size_t i = 0; i < size_bytes; ++i)
    out_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  return *this;
}

encoder& encoder::raw(byte_view value) {
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

encoder& encoder::zeros(std::size_t size) {
  out_.insert(out_.end(), size, 0);
  return *this;
}

bytes encode(const quote_header& header) {
  encoder out;
  out.number(header.version, 2)
    .number(header.attestation_key_type, 2)
    .number(header.tee_type, 4)
    .number(header.qe_svn, 2)
    .number(header.pce_svn, 2)
    .raw(header.qe_vendor_id)
    .raw(header.user_data);
  return std::move(out).take();
}

bytes encode(const enclave_report& report) {
  encoder out;
  out.raw(report.cpu_svn)
    .number(report.misc_select, 4)
    .zeros(12)
    .raw(report.isv_ext_prod_id)
    .number(report.flags, 8)
    .number(report.xfrm, 8)
    .raw(report.mr_enclave)
    .zeros(32)
    .raw(report.mr_signer)
    .zeros(32)
    .raw(report.config_id)
    .number(report.isv_prod_id, 2)
    .number(report.isv_svn, 2)
    .number(report.config_svn, 2)
    .zeros(42)
    .raw(report.isv_family_id)
    .raw(report.report_data);
  return std::move(out).take();
}

bytes encode(const signature_data& data, signature_layout layout) {
  encoder certified;
  certified.raw(data.qe_report_bytes)
    .raw(data.qe_report_signature)
    .number(data.qe_auth_data.size(), 2)
    .raw(data.qe_auth_data)
    .number(static_cast<std::uint16_t>(data.type), 2)
    .number(data.certification_data.size(), 4)
    .raw(data.certification_data);
  const auto part = std::move(certified).take();
  encoder out;
  out.raw(data.signature).raw(data.attestation_key);
  if (layout == signature_layout::wrapped)
    out.number(static_cast<std::uint16_t>(certification_type::qe_report), 2).number(part.size(), 4);
  out.raw(part);
  return std::move(out).take();
}

bytes encode(const quote& of) {
  const auto signature = encode(of.signed_by, signature_layout::flat);
  encoder out;
  out.raw(of.signed_bytes).number(signature.size(), 4).raw(signature);
  return std::move(out).take();
}

} // namespace troth::evidence::sgx
