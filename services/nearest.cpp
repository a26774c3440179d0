#include "services/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace troth::services {

namespace {

char folded(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Returns how many characters must be put, dropped or changed; case does not count.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const auto change = diagonal + (folded(a[i]) == folded(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

} // namespace

std::string nearest(std::string_view unknown, const std::vector<std::string>& known) {
  constexpr std::size_t longest = 64; // the distance takes time by the product of both
  std::string best;
  auto fewest = unknown.size() > longest ? 0 : std::max<std::size_t>(2, unknown.size() / 3) + 1;
  for (const auto& one : known)
    if (const auto edits = distance(unknown.substr(0, longest), one); edits < fewest) {
      fewest = edits;
      best = one;
    }
  return best;
}

} // namespace troth::services
