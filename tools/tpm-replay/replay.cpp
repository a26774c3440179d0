#include "tools/tpm-replay/replay.hpp"

#include "shared/evidence/eventlog/log.hpp"
#include "tools/tpm-replay/ima_list.hpp"

#include <vector>

namespace troth::tpm_replay {

namespace {

result<std::vector<digest>> digests_of(const evidence::eventlog::event& event,
                                       const std::vector<hash_algorithm>& banks) {
  std::vector<digest> out;
  for (const auto bank : banks) {
    const auto* found = event.find_digest(bank);
    if (!found)
      return error{errc::missing,
                   "eventlog: digests of the active bank " + std::string{name(bank)}};
    out.push_back(*found);
  }
  return out;
}

} // namespace

result<std::size_t> replay_boot_log(device::tpm& tpm, byte_view log) {
  const auto parsed = evidence::eventlog::parse_event_log(log, evidence::eventlog::log_kind::tpm);
  if (!parsed)
    return parsed.error();
  if (parsed->startup_locality.value_or(0) != 0)
    return error{errc::unsupported, "eventlog: StartupLocality other than 0"};
  const auto banks = tpm.active_banks();
  if (!banks)
    return banks.error();
  std::size_t done = 0;
  for (const auto& event : parsed->events) {
    if (!event.is_measured())
      continue;
    const auto values = digests_of(event, *banks);
    if (!values)
      return values.error();
    if (const auto extended = tpm.extend(event.register_index, *values); !extended)
      return extended.error();
    ++done;
  }
  return done;
}

result<std::size_t> replay_ima_list(device::tpm& tpm, byte_view list) {
  const auto entries = evidence::ima::parse_list(list);
  if (!entries)
    return entries.error();
  const auto banks = tpm.active_banks();
  if (!banks)
    return banks.error();
  for (const auto& entry : *entries) {
    std::vector<digest> values;
    for (const auto bank : *banks)
      values.push_back(extended_value(entry, bank));
    if (const auto extended = tpm.extend(entry.pcr, values); !extended)
      return extended.error();
  }
  return entries->size();
}

} // namespace troth::tpm_replay
