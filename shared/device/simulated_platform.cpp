#include "shared/crypto/hash.hpp"
#include "shared/device/simulated_intel.hpp"
#include "shared/endorsement/intel_quote.hpp"
#include "shared/evidence/sgx/encode.hpp"
#include "shared/evidence/tdx/encode.hpp"

#include <algorithm>

namespace troth::device {

namespace {

using namespace endorsement::intel;
namespace attribute = evidence::sgx::attribute;

constexpr signature_algorithm es256{signature_scheme::ecdsa, hash_algorithm::sha256};
constexpr std::uint16_t qe_isv_svn = 8;
constexpr std::uint64_t evaluation_number = 18;
constexpr evidence::sgx::version_range td_versions{4, 5};

pck_extension good_extension() {
  pck_extension out;
  out.ppid.fill(0x71);
  out.tcb.components = {8, 8, 2, 2, 4, 1, 0, 5};
  out.tcb.pce_svn = 11;
  out.tcb.cpu_svn = out.tcb.components;
  out.fmspc = {0x50, 0x1a, 0x7e, 0xd0, 0, 0};
  out.sgx_type = 1;
  out.platform_instance_id.emplace().fill(0x72);
  out.configuration = pck_configuration{true, true, true};
  return out;
}

evidence::sgx::enclave_report good_qe(intel_tee tee) {
  evidence::sgx::enclave_report out;
  out.flags = attribute::init | attribute::provision_key;
  out.xfrm = 0xe7;
  out.mr_enclave.fill(0x73);
  out.mr_signer.fill(0x74);
  out.isv_prod_id = tee == intel_tee::sgx ? 1 : 2;
  out.isv_svn = qe_isv_svn;
  return out;
}

tcb_rating rating(tcb_status status, time_point date) {
  return {status, date, {}};
}

enclave_identity identity_of(const evidence::sgx::enclave_report& qe, intel_tee tee,
                             time_point from, time_point until) {
  enclave_identity out;
  out.id = tee == intel_tee::sgx ? "QE" : "TD_QE";
  out.version = 2;
  out.issue_date = from;
  out.next_update = until;
  out.evaluation_number = evaluation_number;
  out.misc_select_mask = 0xffffffff;
  out.flags = qe.flags;
  out.flags_mask = ~attribute::kss;
  out.mr_signer = qe.mr_signer;
  out.isv_prod_id = qe.isv_prod_id;
  out.levels = {{qe.isv_svn, rating(tcb_status::up_to_date, from)}};
  return out;
}

tcb_info info_of(const pck_extension& platform, intel_tee tee, time_point from, time_point until) {
  tcb_info out;
  out.id = tee == intel_tee::sgx ? "SGX" : "TDX";
  out.version = 3;
  out.issue_date = from;
  out.next_update = until;
  out.evaluation_number = evaluation_number;
  out.fmspc = platform.fmspc;
  out.pce_id = platform.pce_id;
  tcb_level newest{platform.tcb.components, platform.tcb.pce_svn, {}, {}};
  newest.rating = rating(tcb_status::up_to_date, from);
  tcb_level older{{2, 2, 2, 2}, 5, {}, {tcb_status::out_of_date, from, {"INTEL-SA-00001"}}};
  if (tee == intel_tee::tdx) {
    newest.tdx_components = {5, 0, 8};
    older.tdx_components = {3, 0, 2};
    const auto all = ~std::uint64_t{0};
    out.module = tdx_module{"tdxModule", {}, 0, all, {}};
    out.identities
      = {{"TDX_01",
          {},
          0,
          all,
          {{5, rating(tcb_status::up_to_date, from)}, {2, rating(tcb_status::out_of_date, from)}}}};
  }
  out.levels = {newest, older};
  return out;
}

bytes pem_chain(std::initializer_list<const crypto::certificate*> certificates) {
  std::string out;
  for (const auto* one : certificates)
    out += one->pem();
  return to_bytes(out);
}

bytes joined(byte_view front, byte_view back) {
  auto out = copy(front);
  out.insert(out.end(), back.begin(), back.end());
  return out;
}

} // namespace

result<simulated_platform> simulated_platform::make(intel_tee tee, time_point not_before,
                                                    time_point not_after) {
  auto vendor = simulated_intel::make(not_before, not_after);
  if (!vendor)
    return vendor.error();
  const auto extension = good_extension();
  auto pck = vendor->make_pck(extension, not_before, not_after);
  if (!pck)
    return pck.error();
  auto key = crypto::private_key::generate(crypto::key_kind::p256);
  if (!key)
    return key.error();
  const auto qe = good_qe(tee);
  return simulated_platform{tee,
                            *std::move(vendor),
                            extension,
                            *std::move(pck),
                            *std::move(key),
                            qe,
                            info_of(extension, tee, not_before, not_after),
                            identity_of(qe, tee, not_before, not_after),
                            not_before,
                            not_after,
                            not_before,
                            not_after};
}

evidence::sgx::enclave_report simulated_platform::good_enclave() const {
  evidence::sgx::enclave_report out;
  out.cpu_svn = extension.tcb.cpu_svn;
  out.flags = attribute::init | attribute::mode64bit;
  out.xfrm = 0x7;
  out.mr_enclave.fill(0x5e);
  out.mr_signer.fill(0x5f);
  out.isv_prod_id = 1;
  out.isv_svn = 3;
  return out;
}

evidence::tdx::td_report simulated_platform::good_domain() const {
  evidence::tdx::td_report out;
  out.tee_tcb_svn = {5, 1, 8};
  out.mr_seam.fill(0x5a);
  out.td_attributes = evidence::tdx::td_attribute::sept_ve_disable;
  out.xfam = 0x602e7;
  out.mr_td.fill(0x5b);
  return out;
}

evidence::sgx::quote_header simulated_platform::header(std::uint16_t version) const {
  evidence::sgx::quote_header out;
  out.version = version;
  out.attestation_key_type = evidence::sgx::ecdsa_p256;
  out.tee_type = tee == intel_tee::sgx ? evidence::sgx::tee_sgx : evidence::sgx::tee_tdx;
  out.qe_vendor_id = intel_qe_vendor;
  return out;
}

result<evidence::sgx::signature_data> simulated_platform::sign(byte_view header_and_body) const {
  evidence::sgx::signature_data out;
  const auto point = attestation_key.public_half().ec_point();
  std::ranges::copy(std::span{point}.subspan(1), out.attestation_key.begin());
  out.qe_auth_data = bytes(32, 0x11);
  out.qe_report = qe;
  const auto bound = crypto::hash(hash_algorithm::sha256, {out.attestation_key, out.qe_auth_data});
  std::ranges::copy(bound.view(), out.qe_report.report_data.begin());
  out.qe_report_bytes = encode(out.qe_report);
  const auto by_pck = pck.key.sign(es256, out.qe_report_bytes);
  if (!by_pck)
    return by_pck.error();
  std::ranges::copy(*by_pck, out.qe_report_signature.begin());
  out.type = evidence::sgx::certification_type::pck_chain;
  out.certification_data
    = pem_chain({&pck.certificate, &vendor.ca_of(extension).certificate, &vendor.root.certificate});
  const auto by_key = attestation_key.sign(es256, header_and_body);
  if (!by_key)
    return by_key.error();
  std::ranges::copy(*by_key, out.signature.begin());
  return out;
}

result<bytes> simulated_platform::quote(const evidence::sgx::enclave_report& body) const {
  evidence::sgx::quote out;
  out.signed_bytes = joined(encode(header(3)), encode(body));
  auto by = sign(out.signed_bytes);
  if (!by)
    return by.error();
  out.signed_by = *std::move(by);
  return encode(out);
}

result<bytes> simulated_platform::quote(const evidence::tdx::td_report& body) const {
  evidence::tdx::quote out;
  const auto encoded = encode(body);
  if (body.added) {
    evidence::sgx::encoder kind;
    kind.number(evidence::tdx::body_td_1_5, 2).number(encoded.size(), 4);
    out.signed_bytes = joined(joined(encode(header(td_versions.newest)), std::move(kind).take()),
                              encoded);
  } else {
    out.signed_bytes = joined(encode(header(td_versions.oldest)), encoded);
  }
  auto by = sign(out.signed_bytes);
  if (!by)
    return by.error();
  out.signed_by = *std::move(by);
  return encode(out);
}

result<report::intel_collateral>
simulated_platform::collateral(const std::vector<bytes>& revoked) const {
  report::intel_collateral out;
  const auto& ca = vendor.ca_of(extension);
  const auto info = sign_statement("tcbInfo", write_tcb_info(tcb_info), vendor.tcb_signer.key);
  const auto identities = sign_statement("enclaveIdentity", write_enclave_identity(identity),
                                         vendor.tcb_signer.key);
  crypto::revocation_content list;
  list.serials = revoked;
  list.this_update = lists_from;
  list.next_update = lists_until;
  auto root_list = crypto::issue_revocation_list(list, vendor.root.certificate, vendor.root.key);
  auto pck_list = crypto::issue_revocation_list(list, ca.certificate, ca.key);
  if (!info || !identities || !root_list || !pck_list)
    return error{errc::internal, "simulated collateral"};
  out.tcb_info = to_bytes(*info);
  out.qe_identity = to_bytes(*identities);
  out.root_ca_crl = *std::move(root_list);
  out.pck_crl = *std::move(pck_list);
  out.pck_crl_intermediate_certificate = ca.certificate.der();
  out.tcb_info_intermediate_certificate = out.qe_identity_intermediate_certificate
    = vendor.tcb_signer.certificate.der();
  out.pck_crl_root_certificate = out.tcb_info_root_certificate = out.qe_identity_root_certificate
    = vendor.root.certificate.der();
  return out;
}

} // namespace troth::device
