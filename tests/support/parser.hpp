#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/error.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace troth::testing {

/// Every proper prefix of `good` is refused as truncated.
template <class Parse>
void check_prefixes(const bytes& good, Parse parse) {
  for (std::size_t n = 0; n < good.size(); ++n) {
    CAPTURE(n);
    const auto parsed = parse(byte_view{good}.first(n));
    REQUIRE(!parsed);
    CHECK(parsed.error().code == errc::truncated);
  }
}

/// One byte of a good structure overwritten, and how that must be refused.
struct mutation {
  std::size_t at;
  std::uint8_t put;
  errc code;
  std::string where;
};

template <class Parse>
void check_mutations(const bytes& good, std::initializer_list<mutation> rows, Parse parse) {
  for (const auto& row : rows) {
    CAPTURE(row.at);
    CAPTURE(row.where);
    auto bad = good;
    bad.at(row.at) = row.put;
    const auto parsed = parse(byte_view{bad});
    REQUIRE(!parsed);
    CHECK(name(parsed.error().code) == name(row.code));
    CHECK(parsed.error().where == row.where);
  }
}

/// A byte behind `good` is refused as trailing.
template <class Parse>
void check_trailing(bytes good, const std::string& where, Parse parse) {
  good.push_back(0);
  const auto parsed = parse(byte_view{good});
  REQUIRE(!parsed);
  CHECK(parsed.error().code == errc::trailing);
  CHECK(parsed.error().where == where);
}

} // namespace troth::testing
