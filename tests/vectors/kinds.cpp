#include "tests/vectors/kinds.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace troth::testing {

judge_function judge_of(std::string_view kind) {
  static constexpr auto judges = std::to_array<std::pair<std::string_view, judge_function>>({
    {"eventlog", judge_eventlog},
    {"ima", judge_ima},
    {"tpm", judge_tpm},
  });
  const auto at = std::ranges::find(judges, kind,
                                    &std::pair<std::string_view, judge_function>::first);
  return at != judges.end() ? at->second : nullptr;
}

} // namespace troth::testing
