#include "services/prover/pcr_list.hpp"

#include "shared/device/tpm.hpp"

#include <charconv>
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
  std::set<std::uint32_t> found;
  for (const std::string_view item : items) {
    const auto dash = item.find('-');
    const auto first = parse_pcr(item.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_pcr(item.substr(dash + 1));
    if (!first || !last || *first > *last)
      return error{errc::malformed, "tpm.pcrs: " + std::string{item}};
    for (auto pcr = *first; pcr <= *last; ++pcr)
      found.insert(pcr);
  }
  return std::vector<std::uint32_t>{found.begin(), found.end()};
}

} // namespace troth::services
