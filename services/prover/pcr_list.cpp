#include "services/prover/pcr_list.hpp"

#include "shared/device/tpm.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>

namespace troth::services {

namespace {

std::optional<std::uint32_t> parse_pcr(std::string_view text) {
  std::uint32_t out = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, out);
  if (failed != std::errc{} || stop != end || out >= device::pcr_count)
    return std::nullopt;
  return out;
}

} // namespace

result<std::vector<std::uint32_t>> parse_pcr_list(const std::vector<std::string>& items) {
  std::set<std::uint32_t> wanted;
  std::set<std::uint32_t> unwanted;
  for (const std::string_view whole : items) {
    const auto is_excluded = whole.starts_with('!');
    const auto item = whole.substr(is_excluded ? 1 : 0);
    const auto dash = item.find('-');
    const auto first = parse_pcr(item.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_pcr(item.substr(dash + 1));
    if (!first || !last || *first > *last)
      return error{errc::malformed, "tpm.pcrs: " + std::string{whole}};
    for (auto pcr = *first; pcr <= *last; ++pcr)
      (is_excluded ? unwanted : wanted).insert(pcr);
  }
  std::vector<std::uint32_t> out;
  std::ranges::set_difference(wanted, unwanted, std::back_inserter(out));
  return out;
}

} // namespace troth::services
