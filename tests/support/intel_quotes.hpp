#pragma once

#include "shared/evidence/sgx/encode.hpp"
#include "shared/evidence/tdx/encode.hpp"

#include <algorithm>
#include <cstdint>

namespace troth::testing {

/// Fills with bytes that count up from `first`, so that each field differs from its neighbours.
template <class Array>
void count_up(Array& out, std::uint8_t first) {
  std::ranges::generate(out, [&] { return first++; });
}

inline evidence::sgx::enclave_report counted_report(std::uint8_t first) {
  evidence::sgx::enclave_report out;
  count_up(out.cpu_svn, first);
  out.misc_select = 0x04030201U + first;
  count_up(out.isv_ext_prod_id, 0x11);
  out.flags = 0x0807060504030201U;
  out.xfrm = 0xe7;
  count_up(out.mr_enclave, 0x21);
  count_up(out.mr_signer, 0x41);
  count_up(out.config_id, 0x61);
  out.isv_prod_id = 0x1234;
  out.isv_svn = 0x0203;
  out.config_svn = 0x0405;
  count_up(out.isv_family_id, 0xa1);
  count_up(out.report_data, 0xb1);
  return out;
}

inline evidence::sgx::quote_header counted_header(std::uint16_t version, std::uint32_t tee_type) {
  evidence::sgx::quote_header out{version, evidence::sgx::ecdsa_p256, tee_type, 7, 9, {}, {}};
  count_up(out.qe_vendor_id, 0x10);
  count_up(out.user_data, 0x30);
  return out;
}

inline evidence::sgx::signature_data counted_signature() {
  evidence::sgx::signature_data out;
  count_up(out.signature, 0x01);
  count_up(out.attestation_key, 0x41);
  out.qe_report = counted_report(0x80);
  out.qe_report_bytes = encode(out.qe_report);
  count_up(out.qe_report_signature, 0x81);
  out.qe_auth_data = {1, 2, 3, 4};
  out.type = evidence::sgx::certification_type::pck_chain;
  out.certification_data = {'P', 'E', 'M'};
  return out;
}

/// A quote whose every field is told from the others; nothing in it is signed.
inline evidence::sgx::quote counted_sgx_quote() {
  evidence::sgx::quote out;
  out.header = counted_header(3, evidence::sgx::tee_sgx);
  out.body = counted_report(0x01);
  out.signed_by = counted_signature();
  evidence::sgx::encoder front;
  front.raw(encode(out.header)).raw(encode(out.body));
  out.signed_bytes = std::move(front).take();
  return out;
}

inline evidence::tdx::td_report counted_td_report(bool is_1_5) {
  evidence::tdx::td_report out;
  count_up(out.tee_tcb_svn, 0x01);
  count_up(out.mr_seam, 0x11);
  out.seam_attributes = 0x0102;
  out.td_attributes = evidence::tdx::td_attribute::sept_ve_disable;
  out.xfam = 0x0602e7;
  count_up(out.mr_td, 0x21);
  count_up(out.mr_config_id, 0x31);
  count_up(out.mr_owner, 0x41);
  count_up(out.mr_owner_config, 0x51);
  std::uint8_t first = 0x61;
  for (auto& rtmr : out.rtmrs)
    count_up(rtmr, first += 0x10);
  count_up(out.report_data, 0xb1);
  if (is_1_5) {
    count_up(out.added.emplace().tee_tcb_svn2, 0xc1);
    count_up(out.added->mr_service_td, 0xd1);
  }
  return out;
}

/// The same of version 4, or of version 5 with a body of that kind.
inline evidence::tdx::quote counted_tdx_quote(std::optional<std::uint16_t> body_type = {}) {
  evidence::tdx::quote out;
  out.header = counted_header(body_type ? 5 : 4, evidence::sgx::tee_tdx);
  out.body_type = body_type;
  out.body = counted_td_report(body_type == evidence::tdx::body_td_1_5);
  out.signed_by = counted_signature();
  const auto body = encode(out.body);
  evidence::sgx::encoder front;
  front.raw(encode(out.header));
  if (body_type)
    front.number(*body_type, 2).number(body.size(), 4);
  front.raw(body);
  out.signed_bytes = std::move(front).take();
  return out;
}

} // namespace troth::testing
