#include "tools/metatool/logs.hpp"

#include "shared/endorsement/reference_values.hpp"
#include "shared/evidence/ima/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace troth::metatool {

namespace {

using evidence::eventlog::event_log;
using evidence::ima::entry;

constexpr std::uint32_t last_pcr = 23;

std::optional<std::uint32_t> parse_pcr(std::string_view text) {
  std::uint32_t out = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, why] = std::from_chars(text.data(), end, out);
  if (why != std::errc{} || stop != end || out > last_pcr)
    return std::nullopt;
  return out;
}

/// The logs, parsed. `ima_bytes` is what the entries look into.
struct parsed_logs {
  std::optional<event_log> boot;
  bytes ima_bytes;
  std::vector<entry> ima;
  std::vector<hash_algorithm> banks;
};

result<parsed_logs> parse(const raw_logs& logs, const log_options& options) {
  if (logs.boot.empty() && logs.ima.empty())
    return error{errc::missing, "no log: give a boot log, an IMA list or both"};
  parsed_logs out;
  if (!logs.boot.empty()) {
    auto boot = evidence::eventlog::parse_event_log(logs.boot, evidence::eventlog::log_kind::tpm);
    if (!boot)
      return boot.error();
    out.boot = *std::move(boot);
  }
  out.ima_bytes = logs.ima;
  if (evidence::ima::is_ascii_list(logs.ima)) {
    auto binary = evidence::ima::binary_from_ascii(logs.ima);
    if (!binary)
      return binary.error();
    out.ima_bytes = *std::move(binary);
  }
  auto ima = evidence::ima::parse_list(out.ima_bytes);
  if (!ima)
    return ima.error();
  out.ima = *std::move(ima);
  out.banks = options.banks;
  if (out.banks.empty() && out.boot)
    out.banks = endorsement::reference_banks(*out.boot);
  if (out.banks.empty())
    out.banks = {hash_algorithm::sha256};
  return out;
}

} // namespace

result<std::set<std::uint32_t>> parse_pcrs(std::string_view text) {
  std::set<std::uint32_t> out;
  for (std::string_view rest = text; !rest.empty() || out.empty();) {
    const auto comma = rest.find(',');
    const auto part = rest.substr(0, comma);
    const auto dash = part.find('-');
    const auto first = parse_pcr(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_pcr(part.substr(dash + 1));
    if (!first || !last || *first > *last || comma + 1 == rest.size())
      return error{errc::malformed, "PCRs: not like 0-7,14: " + std::string{text}};
    for (auto pcr = *first; pcr <= *last; ++pcr)
      out.insert(pcr);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return out;
}

result<std::vector<hash_algorithm>> parse_banks(std::string_view text) {
  constexpr std::pair<std::string_view, hash_algorithm> known[]
    = {{"sha1", hash_algorithm::sha1},
       {"sha256", hash_algorithm::sha256},
       {"sha384", hash_algorithm::sha384},
       {"sha512", hash_algorithm::sha512}};
  std::vector<hash_algorithm> out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto comma = std::min(text.find(',', at), text.size());
    const auto* const found = std::ranges::find(known, text.substr(at, comma - at),
                                                [](const auto& each) { return each.first; });
    if (found == std::end(known) || std::ranges::find(out, found->second) != out.end())
      return error{errc::malformed, "banks: not like sha256,sha384: " + std::string{text}};
    out.push_back(found->second);
    at = comma + 1;
  }
  return out;
}

result<reference_values> make_reference_values(const raw_logs& logs, const log_options& options) {
  const auto parsed = parse(logs, options);
  if (!parsed)
    return parsed.error();
  reference_values out;
  if (parsed->boot) {
    auto boot = endorsement::boot_references(*parsed->boot, options.pcrs, parsed->banks);
    if (!boot)
      return boot.error();
    out.components = *std::move(boot);
  }
  auto ima = endorsement::ima_references(parsed->ima, parsed->banks, options.extend);
  out.violations = ima.violations;
  std::ranges::move(ima.components, std::back_inserter(out.components));
  return out;
}

result<std::map<hash_algorithm, std::map<std::uint32_t, digest>>>
precompute(const raw_logs& logs, const log_options& options) {
  const auto parsed = parse(logs, options);
  if (!parsed)
    return parsed.error();
  std::map<hash_algorithm, std::map<std::uint32_t, digest>> out;
  for (const auto bank : parsed->banks) {
    std::vector<endorsement::pcr_component> components;
    if (parsed->boot) {
      auto boot = endorsement::boot_components(*parsed->boot, {&bank, 1},
                                               endorsement::raw_data::leave_out);
      if (!boot)
        return boot.error();
      components = *std::move(boot);
    }
    std::ranges::move(endorsement::ima_components(parsed->ima, {&bank, 1}, options.extend,
                                                  endorsement::raw_data::leave_out),
                      std::back_inserter(components));
    auto expected = endorsement::expected_pcrs(std::move(components), bank);
    if (!expected)
      return expected.error();
    out[bank] = *std::move(expected);
    if (!options.pcrs.empty())
      std::erase_if(out[bank],
                    [&](const auto& each) { return !options.pcrs.contains(each.first); });
  }
  return out;
}

std::vector<report::component>
summaries(const std::map<hash_algorithm, std::map<std::uint32_t, digest>>& expected) {
  std::map<std::uint32_t, std::vector<digest>> by_pcr;
  for (const auto& [bank, values] : expected)
    for (const auto& [pcr, value] : values)
      by_pcr[pcr].push_back(value);
  std::vector<report::component> out;
  for (auto& [pcr, values] : by_pcr)
    out.push_back(endorsement::summary_reference(pcr, std::move(values)));
  return out;
}

} // namespace troth::metatool
