#include "services/ports.hpp"
#include "services/verifier/wiring.hpp"
#include "shared/collateral/depot.hpp"

#include <caf/all.hpp>

#include <map>
#include <utility>

namespace troth::services {

void collateral_configuration::define(configuration& keys) {
  keys.add("collateral.folder", folder,
           "What vendors say of their silicon is kept here; empty: in the state folder");
  keys.add("collateral.amd", amd,
           "URL of AMD's key server, asked for what SNP reports came without; empty: nobody is");
  keys.add("collateral.intel", intel,
           "URL of Intel's certification service or of a PCCS, asked for what SGX and TDX quotes "
           "came without; empty: nobody is");
  keys.add("collateral.intelRootList", intel_root_list,
           "URL of the host of Intel's root's revocation list; empty: a PCCS, which has it too");
  keys.add("collateral.update", update, {"standard", "early"},
           "Which of Intel's TCB information is asked for");
  keys.add("collateral.evaluationNumber", evaluation_number, {0, 1'000'000},
           "The tcbEvaluationDataNumber that is asked for instead; 0: none");
  keys.add("collateral.patience", patience, {1, 300},
           "Seconds in which a vendor's service must answer");
}

result<actors::collateral_supply>
collateral_configuration::supply(node& on, const endorsement::trust_anchors& trust) const {
  using collateral::service;
  std::map<service, collateral::http_get> services;
  for (const auto& [which, key, url] :
       {std::tuple{service::amd, "amd", &amd}, std::tuple{service::intel, "intel", &intel},
        std::tuple{service::intel_pck, "intel", &intel},
        std::tuple{service::intel_root_list, "intelRootList", &intel_root_list}}) {
    if (url->empty())
      continue;
    auto get = collateral::open_http(*url, std::chrono::seconds{patience});
    if (!get)
      return error{get.error().code, "collateral." + std::string{key} + ": " + get.error().where};
    services.emplace(which, *std::move(get));
  }
  const auto told = [&on](const collateral::question& asked, const std::string& trouble) {
    const std::string of{collateral::name(asked.of)};
    if (trouble.empty())
      on.log().info("collateral", {{"name", asked.name}, {"service", of}});
    else
      on.log().warning("collateral", {{"name", asked.name}, {"service", of}, {"why", trouble}});
    on.figures().count("troth_collateral_requests_total", "Questions to vendors' services",
                       {{"service", of}, {"outcome", trouble.empty() ? "ok" : "failed"}});
  };
  const auto depot = std::make_shared<collateral::depot>(
    folder, collateral::choices{update, evaluation_number, !intel_root_list.empty()},
    collateral::depot_ports{std::move(services), system_now, told, trust});
  depot->load();
  actors::collateral_supply out;
  out.depot = depot;
  out.patience = std::chrono::seconds{patience};
  const auto keep = [&](const char* name, const char* vendor) {
    return on.keep(name, [&on, depot, vendor] {
      return actors::spawn_collateral_keeper(on.system(), {vendor}, depot);
    });
  };
  out.amd = keep("amd collateral", "amd.");
  out.intel = keep("intel collateral", "intel.");
  return out;
}

} // namespace troth::services
