#include "tests/support/vectors.hpp"

#include "tests/vectors/runner.hpp"

#include <doctest/doctest.h>

#include <iostream>

using namespace troth::testing;

namespace {

constexpr std::size_t kinds = 6;

void run(const std::string& kind) {
  const auto folder = vectors_folder();
  if (!folder) {
    skip_without_vectors(kinds);
    return;
  }
  const auto result = run_manifest(*folder / kind / "manifest.json");
  print(result, std::cout);
  CHECK(result.failures.empty());
  CHECK(result.passed > 0);
}

} // namespace

TEST_SUITE_BEGIN("evidence/vectors");

TEST_CASE("event logs of real machines are read and replayed as expected") {
  run("eventlog");
}

TEST_CASE("measurement lists of real kernels are read and replayed as expected") {
  run("ima");
}

TEST_CASE("reports of real SNP guests are read and verified as expected") {
  run("snp");
}

TEST_CASE("quotes of real SGX enclaves are read and verified as expected") {
  run("sgx");
}

TEST_CASE("quotes of real trust domains are read and verified as expected") {
  run("tdx");
}

TEST_CASE("attestations of real TPMs are read and verified as expected") {
  run("tpm");
}

TEST_SUITE_END();
