#include "shared/attesting/report_draft.hpp"

#include "shared/crypto/hash.hpp"

#include <algorithm>
#include <utility>

namespace troth::attesting {

namespace {

constexpr std::size_t min_nonce_bytes = 8;
constexpr std::size_t max_nonce_bytes = 64;

} // namespace

result<report_wish> read_wish(bytes nonce, std::string_view encoding,
                              std::vector<std::string> cached) {
  const auto size = nonce.size();
  if (size < min_nonce_bytes || size > max_nonce_bytes)
    return error{errc::malformed, "nonce: expected 8 to 64 bytes, got " + std::to_string(size)};
  if (encoding != "json" && encoding != "cbor")
    return error{errc::malformed, "encoding: expected json or cbor"};
  if (cached.size() > max_metadata_items)
    return error{errc::too_large, "cached"};
  return report_wish{std::move(nonce),
                     encoding == "json" ? report::encoding::json : report::encoding::cbor,
                     std::move(cached)};
}

report_draft::report_draft(const report_wish& wish, std::vector<report::collateral> collaterals,
                           const metadata_sets& metadata) {
  report::context claims;
  claims.nonce = wish.nonce;
  claims.collaterals = std::move(collaterals);
  for (const auto* item : pick(metadata, wish.encoded_as)) {
    claims.digests.push_back(item->digest);
    if (std::ranges::find(wish.cached, item->digest) == wish.cached.end())
      claims.metadata.emplace(item->digest, item->content);
  }
  report_.version = report::report_version;
  report_.encoded_as = wish.encoded_as;
  report_.context_bytes = report::write_context(claims, wish.encoded_as);
  nonce_ = copy(crypto::hash(hash_algorithm::sha256, report_.context_bytes).view());
}

bytes report_draft::finish(std::string name, std::vector<report::evidence> evidences) && {
  report_.name = std::move(name);
  report_.evidences = std::move(evidences);
  return report::write_report(report_);
}

} // namespace troth::attesting
