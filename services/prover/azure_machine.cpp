#include "services/prover/azure_machine.hpp"

#include "shared/collateral/azure_metadata.hpp"
#include "shared/report/azure_evidence.hpp"

#include <chrono>
#include <thread>
#include <utility>

namespace troth::services {

namespace {

constexpr std::chrono::milliseconds paravisor_pause{300};
constexpr std::chrono::seconds metadata_patience{20};

using evidence::azure::hardware;

void wait_for_paravisor() {
  std::this_thread::sleep_for(paravisor_pause);
}

/// Asks the metadata service for what nobody else gives.
result<void> add_metadata_service(const std::string& at, device::paravisor_ports& quotes,
                                  device::azure_endorsements& vouched_by) {
  const auto post = collateral::open_http_post(at + std::string{collateral::azure_quote_path},
                                               metadata_patience);
  if (!post)
    return post.error();
  quotes.td_quote = [post = *post](byte_view report) {
    return collateral::azure_td_quote(post, report);
  };
  const auto get = collateral::open_metadata_service(at, metadata_patience);
  if (!get)
    return get.error();
  if (!vouched_by.endorser)
    vouched_by.endorser = [get = *get](const auto&) { return collateral::azure_vcek_chain(get); };
  return {};
}

result<std::unique_ptr<device::paravisor>>
open_paravisor(const azure_choices& chosen, const device::tpm_opener& open, time_point now,
               device::azure_endorsements& vouched_by) {
  device::paravisor_ports ports{open, nullptr, wait_for_paravisor};
  if (const auto added = add_metadata_service(chosen.metadata_service, ports, vouched_by); !added)
    return error{added.error().code, "azure.metadataService: " + added.error().where};
  if (chosen.source == "recorded")
    return device::make_recorded_paravisor(chosen.path, std::move(ports.td_quote));
  if (chosen.source == "vtpm")
    return device::make_paravisor(std::move(ports));
  const auto below = chosen.source == "simulated-tdx" ? hardware::tdx : hardware::snp;
  auto opened = device::make_simulated_paravisor(below, open, wait_for_paravisor, chosen.path, now);
  if (!opened)
    return opened.error();
  auto made = *std::move(opened);
  vouched_by.snp = std::move(made.certificates);
  vouched_by.intel = [said = std::move(made.collateral)] {
    return result<report::intel_collateral>{said};
  };
  return std::move(made.itself);
}

} // namespace

result<std::vector<std::shared_ptr<device::anchor>>>
make_azure_anchors(const azure_choices& chosen, device::tpm_choices tpm,
                   device::tpm_anchor_ports ports, device::azure_endorsements vouched_by) {
  ports.open = device::share_tpm(std::move(ports.open));
  auto paravisor = open_paravisor(chosen, ports.open, ports.now(), vouched_by);
  if (!paravisor)
    return paravisor.error();
  tpm.kept = {device::azure_key_handle, device::azure_key_certificate_index};
  tpm.evidence_type = report::azure_tpm_evidence;
  auto of_tpm = device::make_tpm_anchor(std::move(tpm), std::move(ports));
  if (!of_tpm)
    return of_tpm.error();
  std::vector<std::shared_ptr<device::anchor>> out;
  out.push_back(
    device::make_azure_anchor(*std::move(paravisor), std::move(vouched_by), chosen.attached));
  out.push_back(*std::move(of_tpm));
  return out;
}

} // namespace troth::services
