#pragma once

#include "shared/appraisal/memory.hpp"
#include "shared/appraisal/policy.hpp"
#include "shared/appraisal/rules.hpp"
#include "shared/report/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace troth::appraisal {

/// How many failures of one rule are listed one by one; a count says the rest.
inline constexpr std::size_t max_listed = 32;

/// What a check compared, for people.
struct comparison {
  std::string got = {};
  std::string expected = {};
  std::string code = {};   ///< Of the failure, where the rule's id says too little: a parser's.
  std::string detail = {}; ///< E.g. where a parser stopped.
};

/// Collects what every rule said, and draws the verdict from that alone.
class ledger {
public:
  explicit ledger(const policy& rules) : policy_(rules) {
    // nop
  }

  const policy& rules() const noexcept { return policy_; }

  /// Writes down one check: `not_checked` if the policy names the rule, else whether it `holds`.
  /// @returns the same for the fields of cmc's result; a skipped check shows as a warning there.
  report::check_result check(const rule& rule, std::string_view subject, bool holds,
                             comparison compared = {});

  /// Writes down that a rule failed because of `why`.
  report::check_result fail(const rule& rule, std::string_view subject, const error& why,
                            std::string expected = {});

  /// Writes down what is no failure and yet to be looked at; `not_checked` if the policy names it.
  report::check_result warn(const rule& rule, std::string_view subject, comparison compared);

  /// Writes down a check that could not be made: what it needs is not there.
  void not_checked(const rule& rule, std::string_view subject, std::string detail);

  /// Draws the verdict of everything from `first` on. Any fail is a fail, and so is no pass at
  /// all; else any warn, or a `not_checked` that the policy does not name, is a warn; else it is
  /// a success.
  report::check_result conclude(std::size_t first = 0) const;

  /// Returns how many findings there are: where the next one goes.
  std::size_t size() const noexcept { return findings_.size(); }

  /// Returns what was written down from `first` on, for `repeat`.
  std::vector<recorded_finding> since(std::size_t first) const;

  /// Writes down what another ledger had for the same bytes.
  void repeat(std::span<const recorded_finding> said);

  std::vector<report::finding> take() && { return std::move(findings_); }

private:
  report::check_result note(const rule& rule, std::string_view subject, report::outcome says,
                            comparison compared);

  const policy& policy_;
  std::vector<report::finding> findings_;
  std::vector<report::error_code> codes_; // beside findings_
};

} // namespace troth::appraisal
