#pragma once

#include "tests/vectors/case.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace troth::testing {

/// What was made of a case.
struct outcome {
  json facts;   ///< As in a manifest's `expected`; null: the evidence could not be parsed.
  json verdict; ///< As in `expected.verdict`; fields we have no code for are absent.
};

/// Parses and verifies a case of one kind with nothing but what stands in it.
using judge_function = outcome (*)(const vector_case&);

/// What came of comparing the outcomes of a manifest's cases with it.
struct tally {
  std::string kind; ///< The manifest's category.
  std::size_t passed = 0;
  std::vector<std::string> failures;
  std::map<std::string, std::size_t> skipped; ///< By key: what we have no code for.

  std::size_t skips() const;
};

/// Runs all entries of a manifest, and all their variants. One of an unknown kind is skipped.
tally run_manifest(const std::filesystem::path& manifest);

/// Returns the files `manifest.json` in and below a folder, sorted.
std::vector<std::filesystem::path> find_manifests(const std::filesystem::path& folder);

/// Prints what was skipped, what failed, and the sums.
void print(const tally& of, std::ostream& to);

} // namespace troth::testing
