#include "shared/endorsement/reference_values.hpp"

namespace troth::endorsement {

std::vector<hash_algorithm> reference_banks(const evidence::eventlog::event_log& log) {
  std::vector<hash_algorithm> out;
  for (const auto& each : log.events)
    if (each.is_measured()) {
      for (const auto& value : each.digests)
        out.push_back(value.algorithm());
      break;
    }
  if (out.size() > 1)
    std::erase(out, hash_algorithm::sha1);
  return out;
}

result<std::vector<report::component>> boot_references(const evidence::eventlog::event_log& log,
                                                       const std::set<std::uint32_t>& pcrs,
                                                       std::span<const hash_algorithm> banks) {
  auto all = boot_components(log, banks, raw_data::leave_out);
  if (!all)
    return all.error();
  std::vector<report::component> out;
  std::set<std::uint32_t> found;
  for (auto& each : *std::move(all)) {
    if (!pcrs.empty() && !pcrs.contains(each.pcr))
      continue;
    found.insert(each.pcr);
    out.push_back(std::move(each.value));
  }
  for (const auto pcr : pcrs)
    if (!found.contains(pcr))
      return error{errc::not_found, "eventlog: no event of PCR " + std::to_string(pcr)};
  return out;
}

ima_reference_values ima_references(std::span<const evidence::ima::entry> list,
                                    std::span<const hash_algorithm> banks, ima_extend how) {
  ima_reference_values out;
  std::set<std::pair<std::uint32_t, std::vector<digest>>> seen;
  for (const auto& each : list) {
    if (each.is_violation()) {
      ++out.violations;
      continue;
    }
    auto made = ima_components({&each, 1}, banks, how, raw_data::leave_out);
    if (seen.emplace(each.pcr, made.front().value.hashes).second)
      out.components.push_back(std::move(made.front().value));
  }
  return out;
}

result<std::map<std::uint32_t, digest>> expected_pcrs(std::vector<pcr_component> components,
                                                      hash_algorithm bank) {
  std::map<std::uint32_t, digest> out;
  for (const auto& [pcr, events] : by_pcr(std::move(components))) {
    auto value = replay(events, pcr, bank);
    if (!value)
      return value.error();
    out.emplace(pcr, *std::move(value));
  }
  return out;
}

report::component summary_reference(std::uint32_t pcr, std::vector<digest> values) {
  report::component out;
  out.type = component_type(pcr);
  out.name = summary_name;
  out.hashes = std::move(values);
  out.properties = {{std::string{report::property_trust_anchor}, "TPM"},
                    {std::string{report::property_index}, std::to_string(pcr)}};
  return out;
}

} // namespace troth::endorsement
