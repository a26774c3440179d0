#include "shared/appraisal/grace.hpp"

#include "shared/appraisal/rules.hpp"

#include <chrono>
#include <string>

namespace troth::appraisal {

time_point judged_at(time_point until, time_point now, std::string_view subject,
                     std::string_view what, ledger& book) {
  const std::chrono::hours grace{book.rules().collateral_grace_hours};
  if (now < until || now - until >= grace)
    return now;
  book.warn(rules::collateral_stale, subject,
            {"good until " + format_time(until), format_time(now), {}, std::string{what}});
  return until - std::chrono::seconds{1};
}

} // namespace troth::appraisal
