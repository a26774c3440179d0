#include "shared/endorsement/log_components.hpp"

#include "shared/base/base64.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/eventlog/description.hpp"

#include <algorithm>
#include <set>

namespace troth::endorsement {

namespace {

using evidence::eventlog::event;
using evidence::eventlog::event_log;

/// A component measured into `pcr`, without name and hashes.
report::component measured_into(std::uint32_t pcr) {
  report::component out;
  out.type = component_type(pcr);
  out.properties = {{std::string{report::property_trust_anchor}, "TPM"},
                    {std::string{report::property_index}, std::to_string(pcr)}};
  return out;
}

report::component initial_value(const event_log& log, std::uint32_t pcr,
                                std::span<const hash_algorithm> banks) {
  auto out = measured_into(pcr);
  out.name = initial_value_name;
  for (const auto bank : banks) {
    out.hashes.push_back(reset_value(pcr, bank));
    if (pcr == 0)
      out.hashes.back().bytes_mut().back() = log.startup_locality.value_or(0);
  }
  return out;
}

result<report::component> to_component(const event& from, std::span<const hash_algorithm> banks,
                                       raw_data raw) {
  auto out = measured_into(from.register_index);
  out.name = name(from.type);
  out.description = evidence::eventlog::describe(from.type, from.data);
  for (const auto bank : banks) {
    const auto* value = from.find_digest(bank);
    if (value == nullptr)
      return error{errc::missing, "eventlog: no " + std::string{name(bank)} + " digest at byte "
                                    + std::to_string(from.offset)};
    out.hashes.push_back(*value);
  }
  if (raw == raw_data::include)
    out.properties.push_back({std::string{report::property_raw}, base64(from.data)});
  return out;
}

digest extended_for(const evidence::ima::entry& from, hash_algorithm bank, ima_extend how) {
  digest out{bank};
  if (from.is_violation()) {
    std::ranges::fill(out.bytes_mut(), std::uint8_t{0xff});
  } else if (how == ima_extend::padded) {
    std::ranges::copy(from.template_hash, out.bytes_mut().begin());
  } else {
    const auto parts = from.hashed_parts();
    out = crypto::hash(bank, {parts[0], parts[1], parts[2]});
  }
  return out;
}

bool is_printable(std::uint8_t character) {
  return character >= 0x20 && character < 0x7f;
}

report::component to_component(const evidence::ima::entry& from,
                               std::span<const hash_algorithm> banks, ima_extend how,
                               raw_data raw) {
  auto out = measured_into(from.pcr);
  for (const auto byte : from.fields.path)
    out.description += is_printable(byte) ? static_cast<char>(byte) : '.';
  out.name = out.description.substr(out.description.rfind('/') + 1); // none: npos + 1 is 0
  out.optional = true;
  for (const auto bank : banks)
    out.hashes.push_back(extended_for(from, bank, how));
  const auto is_told_by_raw = !from.is_violation()
                              && std::ranges::all_of(from.fields.path, is_printable);
  if (raw == raw_data::include && is_told_by_raw)
    out.properties.push_back({std::string{report::property_raw}, base64(from.template_data())});
  return out;
}

} // namespace

std::string_view component_type(std::uint32_t pcr) {
  if (pcr <= 3)
    return "firmware";
  if (pcr == 4 || pcr == 5 || pcr == 8 || pcr == 9)
    return "operating-system";
  if (pcr == 6 || pcr == 7)
    return "platform";
  return "application";
}

digest reset_value(std::uint32_t pcr, hash_algorithm bank) {
  digest out{bank};
  if (pcr >= 17 && pcr <= 22)
    std::ranges::fill(out.bytes_mut(), std::uint8_t{0xff});
  return out;
}

result<std::vector<pcr_component>>
boot_components(const event_log& log, std::span<const hash_algorithm> banks, raw_data raw) {
  if (banks.empty())
    return error{errc::unsupported, "eventlog: no bank asked for"};
  std::vector<pcr_component> out;
  std::set<std::uint32_t> begun;
  for (const auto& each : log.events) {
    if (!each.is_measured())
      continue;
    auto converted = to_component(each, banks, raw);
    if (!converted)
      return converted.error();
    if (begun.insert(each.register_index).second)
      out.push_back({each.register_index, initial_value(log, each.register_index, banks)});
    out.push_back({each.register_index, *std::move(converted)});
  }
  return out;
}

std::vector<pcr_component> ima_components(std::span<const evidence::ima::entry> list,
                                          std::span<const hash_algorithm> banks, ima_extend how,
                                          raw_data raw) {
  std::vector<pcr_component> out;
  out.reserve(list.size());
  for (const auto& each : list)
    out.push_back({each.pcr, to_component(each, banks, how, raw)});
  return out;
}

std::map<std::uint32_t, std::vector<report::component>>
by_pcr(std::vector<pcr_component> components) {
  std::map<std::uint32_t, std::vector<report::component>> out;
  for (auto& each : components)
    out[each.pcr].push_back(std::move(each.value));
  return out;
}

result<digest> replay(std::span<const report::component> events, std::uint32_t pcr,
                      hash_algorithm bank) {
  auto value = reset_value(pcr, bank);
  for (const auto& each : events) {
    const auto found = std::ranges::find(each.hashes, bank, &digest::algorithm);
    if (found == each.hashes.end())
      return error{errc::missing, each.name + ": no " + std::string{name(bank)}};
    if (each.name == initial_value_name)
      value = *found;
    else
      crypto::extend(value, found->view());
  }
  return value;
}

} // namespace troth::endorsement
