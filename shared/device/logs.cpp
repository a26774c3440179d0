#include "shared/device/logs.hpp"

#include "shared/evidence/eventlog/log.hpp"
#include "shared/evidence/ima/list.hpp"
#include "shared/files/files.hpp"

#include <array>
#include <iterator>
#include <map>
#include <string>
#include <utility>

namespace troth::device {

namespace {

using endorsement::pcr_component;
using events_by_pcr = std::map<std::uint32_t, std::vector<report::component>>;

constexpr std::uint32_t ima_pcr = 10; // unless the kernel was built with another

result<std::optional<bytes>> read_log(const std::filesystem::path& file) {
  auto content = files::read(file, max_log_bytes);
  if (content)
    return std::optional{*std::move(content)};
  if (content.error().code == errc::not_found)
    return std::optional<bytes>{};
  return content.error();
}

result<std::vector<pcr_component>> read_boot(byte_view log, hash_algorithm bank) {
  const auto parsed = evidence::eventlog::parse_event_log(log, evidence::eventlog::log_kind::tpm);
  if (!parsed)
    return parsed.error();
  return endorsement::boot_components(*parsed, std::array{bank}, endorsement::raw_data::include);
}

result<std::vector<pcr_component>> read_ima(byte_view list, hash_algorithm bank,
                                            endorsement::ima_extend how) {
  const auto parsed = evidence::ima::parse_list(list);
  if (!parsed)
    return parsed.error();
  return endorsement::ima_components(*parsed, std::array{bank}, how,
                                     endorsement::raw_data::include);
}

/// The events of both logs, and which of the logs could be read.
struct read_events {
  std::vector<pcr_component> all;
  bool has_boot = false;
  bool has_ima = false;
  std::vector<error> unreadable;

  void add(result<std::vector<pcr_component>> from, bool& has) {
    if (!from) {
      unreadable.push_back(from.error());
      return;
    }
    auto events = *std::move(from);
    std::move(events.begin(), events.end(), std::back_inserter(all));
    has = true;
  }
};

register_log summary(std::uint32_t pcr, const digest& value) {
  report::component final_value;
  final_value.hashes = {value};
  return {{std::string{report::artifact_pcr_summary}, pcr, {std::move(final_value)}}, value};
}

register_log to_register(std::uint32_t pcr, hash_algorithm bank,
                         std::vector<report::component> events) {
  const auto leads_to = endorsement::replay(events, pcr, bank);
  return {{std::string{report::artifact_pcr_eventlog}, pcr, std::move(events)},
          leads_to ? *leads_to : digest{bank}}; // each event was given a digest of the bank
}

} // namespace

result<measurement_logs> read_logs(const log_paths& from) {
  auto boot = read_log(from.boot);
  if (!boot)
    return boot.error();
  auto ima = read_log(from.ima);
  if (!ima)
    return ima.error();
  return measurement_logs{*std::move(boot), *std::move(ima), {}};
}

converted_logs convert(const measurement_logs& logs, const pcr_set& pcrs,
                       std::span<const digest> values, endorsement::ima_extend how) {
  read_events found;
  if (logs.boot)
    found.add(read_boot(*logs.boot, pcrs.bank), found.has_boot);
  if (logs.ima)
    found.add(read_ima(*logs.ima, pcrs.bank, how), found.has_ima);
  found.all.insert(found.all.end(), logs.containers.begin(), logs.containers.end());
  auto events = endorsement::by_pcr(std::move(found.all));
  converted_logs out;
  out.unreadable = std::move(found.unreadable);
  for (std::size_t i = 0; i < pcrs.indices.size(); ++i) {
    const auto pcr = pcrs.indices[i];
    const bool has_log = pcr == ima_pcr ? found.has_ima : found.has_boot;
    const bool is_reset = values[i] == endorsement::reset_value(pcr, pcrs.bank);
    auto& of_register = events[pcr];
    out.registers.push_back(has_log || is_reset || !of_register.empty()
                              ? to_register(pcr, pcrs.bank, std::move(of_register))
                              : summary(pcr, values[i]));
  }
  return out;
}

} // namespace troth::device
