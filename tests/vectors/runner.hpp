#pragma once

#include "tests/vectors/case.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace troth::testing {

/// What was made of a case.
struct outcome {
  json facts;   ///< As in a manifest's `expected`; null: the evidence could not be parsed.
  json verdict; ///< As in `expected.verdict`; fields we have no code for are absent.
};

/// What came of comparing the outcomes of one kind of evidence with its manifest.
struct tally {
  std::size_t passed = 0;
  std::vector<std::string> failures;
  std::map<std::string, std::size_t> skipped; ///< By key: what we have no code for.
};

/// Runs all entries of `<kind>/manifest.json`, and all their variants.
tally run_vectors(const std::string& kind, const std::function<outcome(const vector_case&)>& judge);

} // namespace troth::testing
