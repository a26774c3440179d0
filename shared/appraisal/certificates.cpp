#include "shared/appraisal/certificates.hpp"

#include "shared/crypto/hash.hpp"

#include <algorithm>

namespace troth::appraisal {

namespace {

constexpr auto key_hash = hash_algorithm::sha256;

/// Adds a digest of `part` to `key`, so that no two sequences of parts give the same key.
void mix(digest& key, byte_view part) {
  crypto::extend(key, crypto::hash(key_hash, part).view());
}

} // namespace

const certificate_pool::chain& certificate_pool::verify(std::span<const bytes> carried) {
  const auto at = std::ranges::find_if(known_, [&](const auto& entry) {
    return std::ranges::equal(entry.first, carried);
  });
  if (at != known_.end())
    return at->second;
  known_.emplace_back(std::vector<bytes>{carried.begin(), carried.end()},
                      memory_ != nullptr ? recall(carried) : make_chain(carried));
  return known_.back().second;
}

const digest& certificate_pool::generation() {
  if (!generation_) {
    generation_.emplace(key_hash);
    mix(*generation_, to_bytes(eku_));
    for (const auto& root : roots_)
      crypto::extend(*generation_, root.sha256().view());
  }
  return *generation_;
}

void certificate_pool::keep() const {
  for (const auto& [key, proof] : proven_)
    memory_->keep(key, proof);
}

/// Takes a chain from memory, or verifies it and notes it down for there.
certificate_pool::chain certificate_pool::recall(std::span<const bytes> carried) {
  auto key = generation();
  for (const auto& der : carried)
    mix(key, der);
  if (const auto known = memory_->find_chain(key); known && known->valid.has(now_))
    return {known->path.front(), known->path};
  auto made = make_chain(carried);
  if (made.path) {
    proven_chain proof{*made.path, {}};
    proof.valid.narrow(proof.path);
    proven_.emplace_back(key, std::make_shared<const proven_chain>(std::move(proof)));
  }
  return made;
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
