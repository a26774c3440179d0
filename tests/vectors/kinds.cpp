#include "tests/vectors/kinds.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace troth::testing {

judge_function judge_of(std::string_view kind) {
  static constexpr auto judges = std::to_array<std::pair<std::string_view, judge_function>>({
    {"eventlog", judge_eventlog},
    {"ima", judge_ima},
    {"snp", judge_snp},
    {"sgx", judge_sgx},
    {"tdx", judge_tdx},
    {"tpm", judge_tpm},
  });
  const auto at = std::ranges::find(judges, kind,
                                    &std::pair<std::string_view, judge_function>::first);
  return at != judges.end() ? at->second : nullptr;
}

std::string number(std::uint64_t value, std::size_t digits) {
  std::string out;
  for (; value != 0 || out.size() < std::max<std::size_t>(digits, 1); value >>= 4)
    out.insert(out.begin(), "0123456789abcdef"[value & 0xf]);
  return "0x" + out;
}

} // namespace troth::testing
