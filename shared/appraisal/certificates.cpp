#include "shared/appraisal/certificates.hpp"

#include <algorithm>

namespace troth::appraisal {

const certificate_pool::chain& certificate_pool::verify(std::span<const bytes> carried) {
  const auto at = std::ranges::find_if(known_, [&](const auto& entry) {
    return std::ranges::equal(entry.first, carried);
  });
  if (at != known_.end())
    return at->second;
  known_.emplace_back(std::vector<bytes>{carried.begin(), carried.end()}, make_chain(carried));
  return known_.back().second;
}

certificate_pool::chain certificate_pool::make_chain(std::span<const bytes> carried) const {
  const error absent{errc::missing, "certificates"};
  if (carried.empty())
    return {absent, absent};
  auto leaf = crypto::certificate::from_der(carried.front());
  if (!leaf)
    return {leaf.error(), leaf.error()};
  std::vector<crypto::certificate> intermediates;
  for (const auto& der : carried.subspan(1)) {
    if (std::ranges::any_of(roots_, [&](const auto& root) { return root.der() == der; }))
      continue;
    auto parsed = crypto::certificate::from_der(der);
    if (!parsed)
      return {std::move(leaf), parsed.error()};
    intermediates.push_back(*std::move(parsed));
  }
  auto path = crypto::verify_chain(*leaf, intermediates, roots_, {now_, eku_});
  return {std::move(leaf), std::move(path)};
}

} // namespace troth::appraisal
