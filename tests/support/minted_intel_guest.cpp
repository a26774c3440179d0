#include "tests/support/minted_intel_guest.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/sgx/encode.hpp"
#include "shared/evidence/tdx/encode.hpp"

#include <algorithm>

namespace troth::testing {

namespace {

report::component reference(std::string anchor, std::string index, const digest& value) {
  report::component out;
  out.type = "firmware";
  out.name = anchor + " " + index;
  out.hashes = {value};
  out.properties = {{std::string{report::property_trust_anchor}, std::move(anchor)}};
  if (!index.empty())
    out.properties.push_back({std::string{report::property_index}, std::move(index)});
  return out;
}

digest measured(byte_view value) {
  return *digest::from(value.size() == 32 ? hash_algorithm::sha256 : hash_algorithm::sha384, value);
}

void learn_enclave(report::manifest& root, const evidence::sgx::enclave_report& of) {
  root.components = {reference("SGX", "", measured(of.mr_enclave))};
  auto& policy = root.sgx.emplace();
  policy.quote_version = 3;
  policy.mr_signer = copy(of.mr_signer);
  policy.isv_svn = of.isv_svn;
  policy.attributes.initted = true;
  policy.attributes.mode_64_bit = true;
}

/// Two boot events go into RTMR0, whose log comes along; one into RTMR1, whose does not.
void learn_domain(report::manifest& root, evidence::tdx::td_report& of,
                  std::vector<report::artifact>& logs) {
  root.components = {reference("TDX", "0", measured(of.mr_td)),
                     reference("TDX", "5", measured(of.mr_seam))};
  const auto extend = [&](std::size_t rtmr, const char* text) {
    const auto value = crypto::hash(hash_algorithm::sha384, to_bytes(text));
    auto now = measured(of.rtmrs.at(rtmr));
    crypto::extend(now, value.view());
    std::ranges::copy(now.view(), of.rtmrs.at(rtmr).begin());
    root.components.push_back(reference("TDX", std::to_string(rtmr + 1), value));
    return value;
  };
  report::artifact log{std::string{report::artifact_cc_eventlog}, 1, {}};
  for (const auto* text : {"configuration", "boot order"})
    log.events.push_back(reference("TDX", "1", extend(0, text)));
  logs = {log};
  (void)extend(1, "kernel");
  auto& policy = root.tdx.emplace();
  policy.quote_version = 4;
  policy.td_id = {bytes(48), bytes(48), bytes(48)};
  policy.xfam = minted(from_hex("e702060000000000"));
  policy.attributes.sept_ve_disable = true;
}

} // namespace

intel_guest::intel_guest(device::intel_tee tee)
  : platform(minted(device::simulated_platform::make(tee, minted_from, minted_until))), host(0),
    enclave(platform.good_enclave()), domain(platform.good_domain()) {
  for (auto& manifest : host.manifests)
    manifest.components.clear();
  root().ca_fingerprints = {hex(platform.vendor.root.certificate.sha256().view())};
  if (is_sgx())
    learn_enclave(root(), enclave);
  else
    learn_domain(root(), domain, logs);
}

void intel_guest::certify() {
  platform.pck = minted(platform.vendor.make_pck(platform.extension, minted_from, minted_until));
}

endorsement::trust_anchors intel_guest::anchors() const {
  auto out = host.anchors();
  out.intel_roots = {platform.vendor.root.certificate};
  return out;
}

bytes intel_guest::quote(byte_view context_digest) const {
  using namespace evidence;
  const bool is_tdx_15 = !is_sgx() && domain.added;
  auto head = platform.header(is_sgx() ? 3 : is_tdx_15 ? 5 : 4);
  if (spoil_header)
    spoil_header(head);
  auto said = enclave;
  auto td = domain;
  std::ranges::copy(context_digest, is_sgx() ? said.report_data.begin() : td.report_data.begin());
  sgx::encoder front;
  front.raw(encode(head));
  const auto body = is_sgx() ? encode(said) : tdx::encode(td);
  if (is_tdx_15)
    front.number(tdx::body_td_1_5, 2).number(body.size(), 4);
  front.raw(body);
  const auto signed_bytes = std::move(front).take();
  auto by = minted(platform.sign(signed_bytes));
  if (spoil_signature)
    spoil_signature(by);
  const auto data = encode(by,
                           is_sgx() ? sgx::signature_layout::flat : sgx::signature_layout::wrapped);
  sgx::encoder out;
  out.raw(signed_bytes).number(data.size(), 4).raw(data);
  auto quote = std::move(out).take();
  if (spoil_bytes)
    spoil_bytes(quote);
  return quote;
}

bytes intel_guest::report() const {
  const std::string type{is_sgx() ? report::sgx_evidence : report::tdx_evidence};
  auto guest = host;
  guest.spoil_context = [&](report::context& context) {
    report::collateral beside;
    beside.type = type;
    beside.artifacts = logs;
    auto said = minted(platform.collateral(revoked));
    if (spoil_collateral)
      spoil_collateral(said);
    report::component event;
    event.intel.emplace() = said;
    const auto kind = is_sgx() ? report::artifact_sgx_collateral : report::artifact_tdx_collateral;
    if (has_collateral)
      beside.artifacts.push_back({std::string{kind}, 0, {event}});
    context.collaterals = {beside};
  };
  guest.spoil_report = [&](report::report& out) {
    const auto digest = crypto::hash(hash_algorithm::sha256, out.context_bytes);
    out.evidences = {{type, quote(digest.view()), {}, {}}};
  };
  return guest.report();
}

appraisal::policy intel_guest::rules() const {
  appraisal::policy out;
  out.required_evidence = {std::string{is_sgx() ? report::sgx_evidence : report::tdx_evidence}};
  out.required_pcrs.clear();
  out.accept_simulated_evidence = true;
  return out;
}

} // namespace troth::testing
