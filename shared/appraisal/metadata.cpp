#include "shared/appraisal/metadata.hpp"

#include "shared/appraisal/layers.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/authentic.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace troth::appraisal {

namespace {

using report::metadata_item;

/// Verifies one item after the other.
class item_appraisal {
public:
  item_appraisal(certificate_pool& pool, time_point now, ledger& book)
    : pool_(pool), now_(now), book_(book) {
    // nop
  }

  report::metadata_result run(const std::string& hash, byte_view signed_item) {
    report::metadata_result out;
    out.hash = hash;
    const auto first = book_.size();
    out.item = authenticate(signed_item, out);
    if (out.item != nullptr)
      check_validity(out);
    out.summary = book_.conclude(first);
    return out;
  }

private:
  /// Reads an item and lets it through, if every signature on it holds.
  std::shared_ptr<const metadata_item> authenticate(byte_view signed_item,
                                                    report::metadata_result& out) {
    const auto subject = "metadata " + out.hash.substr(0, 8);
    const auto message = report::parse_signed(signed_item);
    if (!message) {
      book_.fail(rules::metadata_format, subject, message.error(), "a JWS or COSE_Sign");
      return nullptr;
    }
    auto item = report::parse_metadata(message->payload);
    if (!item) {
      book_.fail(rules::metadata_format, subject, item.error(), "a metadata item");
      return nullptr;
    }
    const auto who = report::info_of(*item).name;
    book_.check(rules::metadata_format, who, true);
    auto shared = std::make_shared<const metadata_item>(*std::move(item));
    std::size_t verified = 0;
    for (const auto& signature : message->signatures)
      if (verify(shared, who, signature, out))
        ++verified;
    return verified > 0 && verified == message->signatures.size() ? shared : nullptr;
  }

  std::optional<crypto::authentic<std::shared_ptr<const metadata_item>>>
  verify(const std::shared_ptr<const metadata_item>& item, std::string_view who,
         const codec::signature_entry& signature, report::metadata_result& out) {
    const auto& chain = pool_.verify(signature.certificates);
    auto& shown = out.signatures.emplace_back();
    if (!chain.leaf) {
      shown.chain = book_.fail(rules::metadata_chain, who, chain.leaf.error(),
                               "certificates of the signer");
      return std::nullopt;
    }
    shown.certificates = {chain.path ? *chain.path : std::vector<crypto::certificate>{*chain.leaf}};
    shown.chain = chain.path ? book_.check(rules::metadata_chain, who, true,
                                           {chain.leaf->subject(), chain.path->back().subject()})
                             : book_.fail(rules::metadata_chain, who, chain.path.error(),
                                          "a chain to a root that vouches for metadata");
    auto authentic = crypto::authenticate(item, signature.signed_bytes, signature.algorithm,
                                          signature.signature, chain.leaf->key());
    shown.signature = authentic ? book_.check(rules::metadata_signature, who, true)
                                : book_.fail(rules::metadata_signature, who, authentic.error(),
                                             "signed by its first certificate");
    if (!authentic || !chain.path)
      return std::nullopt;
    return *std::move(authentic);
  }

  void check_validity(report::metadata_result& out) {
    const auto& info = report::info_of(*out.item);
    const auto holds = info.valid && info.valid->not_before <= now_
                       && now_ <= info.valid->not_after;
    out.validity = book_.check(rules::metadata_validity, info.name, holds,
                               {format_time(now_),
                                info.valid ? format_time(info.valid->not_before) + " to "
                                               + format_time(info.valid->not_after)
                                           : "a validity period",
                                holds || !info.valid ? "" : "expired"});
  }

  certificate_pool& pool_;
  time_point now_;
  ledger& book_;
};

/// Puts an item where cmc's result has its kind.
void file_away(report::metadata_result found, report::metadata_summary& into, ledger& book) {
  if (!found.item) {
    into.unknown.push_back(std::move(found));
    return;
  }
  if (std::holds_alternative<report::manifest>(*found.item)) {
    into.manifests.push_back(std::move(found));
    return;
  }
  if (std::holds_alternative<report::image_description>(*found.item)) {
    const auto is_first = into.image_description.item == nullptr;
    book.check(rules::metadata_image, report::info_of(*found.item).name, is_first,
               {is_first ? "one" : "another image description", "one image description"});
    (is_first ? into.image_description : into.unknown.emplace_back()) = std::move(found);
    return;
  }
  if (std::holds_alternative<report::company_description>(*found.item)) {
    into.company_description = std::move(found);
    return;
  }
  book.check(rules::metadata_kind, report::info_of(*found.item).name, false,
             {std::string{report::type_of(*found.item)}, "a kind that is judged"});
  into.unknown.push_back(std::move(found));
}

} // namespace

appraised_metadata appraise_metadata(const report::context& context, hash_algorithm algorithm,
                                     certificate_pool& pool, time_point now, ledger& book) {
  appraised_metadata out;
  item_appraisal each{pool, now, book};
  std::set<std::string_view> seen;
  for (const auto& hash : context.digests) {
    const auto at = context.metadata.find(hash);
    const auto is_there = at != context.metadata.end();
    const auto computed = is_there ? hex(crypto::hash(algorithm, at->second).view())
                                   : "no such item";
    const auto holds = computed == hash && seen.insert(hash).second;
    book.check(rules::metadata_digest, "metadata " + hash.substr(0, 8), holds,
               {computed, "an item of digest " + hash + ", once"});
    if (holds)
      file_away(each.run(hash, at->second), out.summary, book);
  }
  const auto unnamed = std::ranges::count_if(context.metadata, [&](const auto& item) {
    return !seen.contains(item.first);
  });
  if (unnamed != 0)
    book.check(rules::metadata_digest, "metadata", false,
               {std::to_string(unnamed) + " items that no digest names", "none"});
  appraise_layers(out.summary, book);
  for (const auto& found : out.summary.manifests)
    out.manifests.push_back(&std::get<report::manifest>(*found.item));
  if (!out.manifests.empty())
    out.certification_level
      = (*std::ranges::min_element(out.manifests, {}, &report::manifest::certification_level))
          ->certification_level;
  return out;
}

} // namespace troth::appraisal
