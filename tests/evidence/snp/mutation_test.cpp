#include "tests/support/vectors.hpp"
#include "tests/vectors/kinds.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <fstream>
#include <iostream>

using namespace troth;
using namespace troth::testing;

namespace {

/// Where a field of the report begins, up to the next. Reserved ones are fields too, and so is
/// what lies behind the signature.
constexpr std::size_t fields[] = {
  0x000, 0x004, 0x008, 0x010, 0x020, 0x030, 0x034, 0x038, 0x040, 0x048, 0x04c, 0x050,
  0x090, 0x0c0, 0x0e0, 0x110, 0x140, 0x160, 0x180, 0x188, 0x18b, 0x1a0, 0x1e0, 0x1e8,
  0x1eb, 0x1ec, 0x1ef, 0x1f0, 0x1f8, 0x208, 0x2a0, 0x2d0, 0x2e8, 0x318, 0x330, 0x4a0,
};

/// Spoils the first and the last byte of each field in turn.
/// @returns how many times a verifier took what was left.
std::size_t taken(const vector_case& good) {
  std::size_t out = 0;
  for (std::size_t field = 0; field + 1 < std::size(fields); ++field) {
    for (const auto at : {fields[field], fields[field + 1] - 1}) {
      for (const std::uint8_t mask : bytes{0x01, 0x80, 0xff}) {
        auto bad = good;
        bad.files.at("report").at(at) ^= mask;
        const bool refused = judge_snp(bad).verdict.value("refused", false);
        CHECK_MESSAGE(refused, "byte " << at << " of " << good.paths.at("report"));
        out += refused ? 0 : 1;
      }
    }
  }
  return out;
}

} // namespace

TEST_SUITE_BEGIN("evidence/snp/mutation");

TEST_CASE("no field of a real report can be changed unseen") {
  const auto folder = vectors_folder();
  if (!folder)
    return skip_without_vectors(1);
  std::ifstream in{*folder / "snp" / "manifest.json"};
  const auto manifest = json::parse(in);
  std::size_t reports = 0;
  for (const auto& entry : manifest.at("vectors")) {
    const auto loaded = load_case(*folder / "snp", entry);
    if (!loaded || loaded->file("report") == nullptr
        || judge_snp(*loaded).verdict.value("refused", true))
      continue;
    ++reports;
    CHECK(taken(*loaded) == 0);
  }
  CHECK(reports > 0);
}

TEST_SUITE_END();
