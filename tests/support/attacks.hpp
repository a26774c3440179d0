#pragma once

#include "shared/appraisal/appraise.hpp"
#include "tests/support/minted_machine.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

// Attacks on a good machine, and what must be said of each.

namespace troth::testing {

using codes = std::set<std::string>;

inline report::attestation_result appraise(const machine& from, byte_view report,
                                           const appraisal::policy& rules = {},
                                           time_point now = minted_now) {
  const auto anchors = from.anchors();
  return appraisal::appraise({report, from.nonce, rules, anchors, now});
}

/// Returns the codes of all failures, each of which says what was there and what should be.
inline codes faults(const report::attestation_result& result) {
  codes out;
  for (const auto& finding : result.findings)
    if (finding.says == report::outcome::fail) {
      CHECK_MESSAGE(!finding.got.empty(), finding.code);
      CHECK_MESSAGE(!finding.expected.empty(), finding.code);
      out.insert(finding.code);
    }
  return out;
}

inline codes faults(const machine& from) {
  return faults(appraise(from, from.report()));
}

/// A way to spoil a good machine, and the codes of what must fail: all of them, and no other.
struct attack {
  std::string what;
  std::function<void(machine&)> spoil;
  codes expected;
};

inline void check(const std::vector<attack>& attacks, const appraisal::policy& rules = {}) {
  for (const auto as : {report::encoding::cbor, report::encoding::json}) {
    for (const auto& attack : attacks) {
      CAPTURE(attack.what);
      machine victim;
      victim.as = as;
      attack.spoil(victim);
      const auto result = appraise(victim, victim.report(), rules);
      CHECK(result.summary.says == report::status::fail);
      const auto found = faults(result);
      CHECK(found == attack.expected);
      if (found != attack.expected)
        for (const auto& finding : result.findings)
          if (finding.says == report::outcome::fail)
            MESSAGE(finding.code << " " << finding.subject << " got " << finding.got << " expected "
                                 << finding.expected << " " << finding.detail);
    }
  }
}

} // namespace troth::testing
