#pragma once

#include "shared/appraisal/ledger.hpp"
#include "shared/report/component.hpp"

#include <cstddef>
#include <cstdint>

namespace troth::appraisal {

/// Holds what events say of themselves against what was measured, where the event carries
/// the bytes (`troth.raw`) and its digest covers them: then its texts are more than claims.
///
/// An event without `troth.raw` is not checked; one whose bytes do not give its digest fails.
/// @see TCG PC Client Platform Firmware Profile 1.06, 10.4; Linux IMA templates
class content_check {
public:
  /// @param measured the event's digest of the quoted bank.
  void look_at(const report::component& event, std::uint64_t pcr, const digest& measured,
               ledger& book);

  /// Writes down the sum.
  void conclude(ledger& book) const;

private:
  std::size_t checked_ = 0;
  std::size_t unchecked_ = 0;
  std::size_t false_ = 0;
};

} // namespace troth::appraisal
