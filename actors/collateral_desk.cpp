#include "actors/collateral_desk.hpp"

#include "shared/collateral/amd_key_server.hpp"
#include "shared/collateral/intel_pck_server.hpp"

#include <algorithm>

namespace troth::actors {

namespace {

using collateral::item;

constexpr std::size_t issuer_and_root = 2;

/// Puts an item's issuer and root where a report carries them.
bool place_issuers(const item& of, bytes& issuer, bytes& root) {
  const auto read = certificates_of(of);
  if (!read || read->size() != issuer_and_root)
    return false;
  issuer = read->front().der();
  root = read->back().der();
  return true;
}

} // namespace

std::shared_ptr<const item> collateral_desk::find(const std::string& name) {
  auto out = from_->find(name);
  if ((!out || !out->is_current(now_)) && !std::ranges::count(missed_, name))
    missed_.push_back(name);
  return out;
}

std::optional<report::intel_collateral>
collateral_desk::of_platform(bool is_tdx, const endorsement::intel::pck_extension& platform) {
  const auto scope = is_tdx ? collateral::intel_scope::tdx : collateral::intel_scope::sgx;
  const auto info = find(collateral::tcb_info_name(scope, platform.fmspc));
  const auto identity = find(collateral::identity_name(scope));
  const auto root_list = find(std::string{collateral::intel_root_list_name});
  const auto pck_list
    = find(std::string{platform.platform_instance_id ? collateral::platform_list_name
                                                     : collateral::processor_list_name});
  if (!info || !identity || !root_list || !pck_list)
    return std::nullopt;
  report::intel_collateral out;
  out.tcb_info = info->body;
  out.qe_identity = identity->body;
  out.root_ca_crl = root_list->body;
  out.pck_crl = pck_list->body;
  if (!place_issuers(*info, out.tcb_info_intermediate_certificate, out.tcb_info_root_certificate)
      || !place_issuers(*identity, out.qe_identity_intermediate_certificate,
                        out.qe_identity_root_certificate)
      || !place_issuers(*pck_list, out.pck_crl_intermediate_certificate,
                        out.pck_crl_root_certificate))
    return std::nullopt;
  return out;
}

std::vector<bytes> collateral_desk::pck_chain_of(const endorsement::intel::pck_identity& named) {
  const auto held = find(collateral::pck_name(named));
  if (!held)
    return {};
  auto whole = pck_chain(*held);
  return whole ? *std::move(whole) : std::vector<bytes>{};
}

std::vector<bytes> collateral_desk::of_chip(const evidence::snp::attestation_report& report) {
  using evidence::snp::signing_key;
  const auto line = product_of(report);
  if (!report.is_signed_by(signing_key::vcek) || !line)
    return {};
  (void)lists_of(*line, signing_key::vcek); // so that all is fetched at once
  const auto vcek = find(collateral::vcek_name(report, *line));
  const auto chain = find(collateral::authorities_name(*line, signing_key::vcek));
  if (!vcek || !chain)
    return {};
  auto whole = vcek_chain(*vcek, *chain);
  return whole ? *std::move(whole) : std::vector<bytes>{};
}

std::vector<bytes> collateral_desk::issuers_of(evidence::snp::product_line line,
                                               evidence::snp::signing_key key) {
  (void)lists_of(line, key); // so that all is fetched at once
  std::vector<bytes> out;
  const auto held = find(collateral::authorities_name(line, key));
  const auto read = held ? certificates_of(*held) : result{std::vector<crypto::certificate>{}};
  if (read)
    for (const auto& one : *read)
      out.push_back(one.der());
  return out;
}

std::vector<crypto::revocation_list> collateral_desk::lists_of(evidence::snp::product_line line,
                                                               evidence::snp::signing_key key) {
  std::vector<crypto::revocation_list> out;
  if (const auto held = find(collateral::amd_list_name(line, key)))
    if (auto list = crypto::revocation_list::from_der(held->body))
      out.push_back(*std::move(list));
  return out;
}

} // namespace troth::actors
