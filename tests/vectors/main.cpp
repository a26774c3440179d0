// tests/run-vectors: runs the vectors of any folder.

#include "tests/vectors/runner.hpp"

#include <exception>
#include <iostream>
#include <system_error>

namespace {

constexpr int failed = 1;
constexpr int wrong_usage = 2;
constexpr int internal_error = 6;

int run(const std::filesystem::path& folder) {
  troth::testing::tally sum;
  for (const auto& manifest : troth::testing::find_manifests(folder)) {
    const auto of_kind = troth::testing::run_manifest(manifest);
    print(of_kind, std::cout);
    sum.passed += of_kind.passed;
    sum.failures.insert(sum.failures.end(), of_kind.failures.begin(), of_kind.failures.end());
    for (const auto& [key, count] : of_kind.skipped)
      sum.skipped[key] += count;
  }
  std::cout << sum.passed << " passed, " << sum.failures.size() << " failed, " << sum.skips()
            << " skipped\n";
  return sum.failures.empty() && sum.passed > 0 ? 0 : failed;
}

} // namespace

int main(int argc, char** argv) {
  std::error_code ignored;
  if (argc != 2 || !std::filesystem::is_directory(argv[1], ignored)) {
    std::cerr << "usage: tests/run-vectors DIR (a folder with manifest.json files in or below)\n";
    return wrong_usage;
  }
  try {
    return run(argv[1]);
  } catch (const std::exception& fault) {
    std::cerr << "tests/run-vectors: " << fault.what() << '\n';
    return internal_error;
  }
}
