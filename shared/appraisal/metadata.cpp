#include "shared/appraisal/metadata.hpp"

#include "shared/appraisal/layers.hpp"
#include "shared/appraisal/status.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"

#include <algorithm>
#include <set>

namespace troth::appraisal {

namespace {

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
    const auto is_first = !into.company_description;
    if (!is_first)
      book.check(rules::metadata_kind, report::info_of(*found.item).name, false,
                 {"another company description", "one company description at most"});
    (is_first ? into.company_description.emplace() : into.unknown.emplace_back())
      = std::move(found);
    return;
  }
  if (std::holds_alternative<report::omsp_response>(*found.item)) {
    into.statuses.push_back(std::move(found));
    return;
  }
  book.check(rules::metadata_kind, report::info_of(*found.item).name, false,
             {std::string{report::type_of(*found.item)}, "a kind that is judged"});
  into.unknown.push_back(std::move(found));
}

const bytes* find(const std::map<std::string, bytes>* among, const std::string& hash) {
  if (among == nullptr)
    return nullptr;
  const auto at = among->find(hash);
  return at != among->end() ? &at->second : nullptr;
}

} // namespace

appraised_metadata appraise_metadata(const metadata_inputs& in, item_appraisal& items,
                                     ledger& book) {
  appraised_metadata out;
  std::set<std::string_view> seen;
  for (const auto& hash : in.context.digests) {
    const auto* const sent = find(&in.context.metadata, hash);
    const auto* const item = sent != nullptr ? sent : find(in.left_out, hash);
    const auto computed = item != nullptr ? crypto::hash(in.algorithm, *item)
                                          : digest{in.algorithm};
    const auto holds = item != nullptr && hex(computed.view()) == hash && seen.insert(hash).second;
    book.check(rules::metadata_digest, "metadata " + hash.substr(0, 8), holds,
               {item != nullptr ? hex(computed.view()) : "no such item",
                "an item of digest " + hash + ", once", item != nullptr ? "" : "not_cached"});
    if (holds)
      file_away(items.run(hash, computed, *item), out.summary, book);
  }
  const auto unnamed = std::ranges::count_if(in.context.metadata, [&](const auto& item) {
    return !seen.contains(item.first);
  });
  if (unnamed != 0)
    book.check(rules::metadata_digest, "metadata", false,
               {std::to_string(unnamed) + " items that no digest names", "none"});
  appraise_layers(out.summary, book);
  appraise_status(out.summary, in.now, book);
  for (const auto& found : out.summary.manifests)
    out.manifests.push_back(&std::get<report::manifest>(*found.item));
  if (!out.manifests.empty())
    out.certification_level
      = (*std::ranges::min_element(out.manifests, {}, &report::manifest::certification_level))
          ->certification_level;
  return out;
}

} // namespace troth::appraisal
