#include "shared/appraisal/signed_item.hpp"

#include "shared/crypto/authentic.hpp"
#include "shared/report/metadata.hpp"

#include <algorithm>

namespace troth::appraisal {

namespace {

using report::metadata_item;

bool is_status(const metadata_item& item) {
  return std::holds_alternative<report::omsp_response>(item);
}

const crypto::certificate& leaf_of(const report::signature_result& signature) {
  return signature.certificates.front().front();
}

} // namespace

item_appraisal::item_appraisal(signer_pools pools, time_point now, memory* known, ledger& book)
  : pools_(pools), now_(now), memory_(known), book_(book) {
  // nop
}

report::metadata_result item_appraisal::run(const std::string& hash, const digest& computed,
                                            byte_view signed_item) {
  const auto first = book_.size();
  auto key = pools_.metadata.generation();
  crypto::extend(key, pools_.status.generation().view());
  crypto::extend(key, computed.view());
  auto known = memory_ != nullptr ? memory_->find_item(key) : nullptr;
  if (known && known->valid.has(now_)) {
    book_.repeat(known->findings);
  } else {
    auto made = prove(hash, signed_item);
    made.findings = book_.since(first);
    known = std::make_shared<const proven_item>(std::move(made));
    if (memory_ != nullptr && known->result.item != nullptr)
      proven_.emplace_back(key, known);
  }
  auto out = known->result;
  out.hash = hash;
  if (out.item != nullptr) {
    check_signers(out);
    check_validity(out);
  }
  out.summary = book_.conclude(first);
  return out;
}

void item_appraisal::keep() const {
  for (const auto& [key, item] : proven_)
    memory_->keep(key, item);
}

/// Reads an item and verifies every signature on it.
proven_item item_appraisal::prove(const std::string& hash, byte_view signed_item) {
  proven_item out;
  out.size_bytes = signed_item.size();
  const auto subject = "metadata " + hash.substr(0, 8);
  const auto message = report::parse_signed(signed_item);
  if (!message) {
    book_.fail(rules::metadata_format, subject, message.error(), "a JWS or COSE_Sign");
    return out;
  }
  auto parsed = report::parse_metadata(message->payload);
  if (!parsed) {
    book_.fail(rules::metadata_format, subject, parsed.error(), "a metadata item");
    return out;
  }
  auto item = std::make_shared<const metadata_item>(*std::move(parsed));
  const auto& name = report::info_of(*item).name;
  const auto who = name.empty() ? subject : name;
  book_.check(rules::metadata_format, who, true);
  auto& pool = is_status(*item) ? pools_.status : pools_.metadata;
  auto holds = !message->signatures.empty();
  for (const auto& signature : message->signatures)
    holds = verify(signature, pool, who, item, out) && holds;
  if (holds)
    out.result.item = std::move(item);
  return out;
}

bool item_appraisal::verify(const codec::signature_entry& signature, certificate_pool& pool,
                            std::string_view who, const std::shared_ptr<const metadata_item>& item,
                            proven_item& out) {
  const auto& chain = pool.verify(signature.certificates);
  auto& shown = out.result.signatures.emplace_back();
  if (!chain.leaf) {
    shown.chain = book_.fail(rules::metadata_chain, who, chain.leaf.error(),
                             "certificates of the signer");
    return false;
  }
  shown.certificates = {chain.path ? *chain.path : std::vector<crypto::certificate>{*chain.leaf}};
  shown.chain = chain.path ? book_.check(rules::metadata_chain, who, true,
                                         {chain.leaf->subject(), chain.path->back().subject()})
                           : book_.fail(rules::metadata_chain, who, chain.path.error(),
                                        is_status(*item) ? "a chain to a root for status signers"
                                                         : "a chain to a root for metadata");
  const auto authentic = crypto::authenticate(item, signature.signed_bytes, signature.algorithm,
                                              signature.signature, chain.leaf->key());
  shown.signature = authentic ? book_.check(rules::metadata_signature, who, true)
                              : book_.fail(rules::metadata_signature, who, authentic.error(),
                                           "signed by its first certificate");
  if (!authentic || !chain.path)
    return false;
  out.valid.narrow(*chain.path);
  return true;
}

/// Checks that those who signed may, and are as many as they look. Takes the item away if not.
void item_appraisal::check_signers(report::metadata_result& out) {
  const auto first = book_.size();
  const auto who = report::info_of(*out.item).name;
  const auto status = is_status(*out.item);
  const auto& demanded = book_.rules();
  const auto eku = (status ? pools_.status : pools_.metadata).eku();
  std::vector<crypto::public_key> keys;
  for (const auto& signature : out.signatures) {
    if (!eku.empty())
      check_role(signature, who, eku);
    const auto& key = leaf_of(signature).key();
    if (std::ranges::find(keys, key) == keys.end())
      keys.push_back(key);
  }
  const auto least = status ? 1 : demanded.minimum_signers;
  book_.check(rules::metadata_signers, who,
              keys.size() == out.signatures.size() && keys.size() >= least,
              {std::to_string(keys.size()) + " keys for " + std::to_string(out.signatures.size())
                 + " signatures",
               std::to_string(least) + " signers at least, each once"});
  const auto wanted = demanded.signer_policies.find(report::type_of(*out.item));
  if (wanted != demanded.signer_policies.end())
    for (const auto& oid : wanted->second) {
      const auto has_it = [&](const auto& signature) {
        const auto policies = leaf_of(signature).policies();
        return std::ranges::find(policies, oid) != policies.end();
      };
      book_.check(rules::metadata_signer_policy, who, std::ranges::any_of(out.signatures, has_it),
                  {std::to_string(out.signatures.size()) + " signers without it",
                   "one whose certificate has the policy " + oid});
    }
  if (book_.conclude(first).says == report::status::fail)
    out.item = nullptr;
}

/// A signer has its role and no other.
void item_appraisal::check_role(const report::signature_result& signature, std::string_view who,
                                std::string_view eku) {
  const auto& leaf = leaf_of(signature);
  const auto roles = leaf.extended_key_usages();
  const auto holds = roles.size() == 1 && roles.front() == eku && !leaf.is_ca();
  std::string got = leaf.is_ca() ? "a CA" : "";
  for (const auto& role : roles)
    got += (got.empty() ? "" : " ") + role;
  book_.check(rules::metadata_signer_role, who, holds,
              {std::move(got), std::string{eku} + " alone", {}, leaf.subject()});
}

void item_appraisal::check_validity(report::metadata_result& out) {
  if (out.item == nullptr)
    return;
  const auto& info = report::info_of(*out.item);
  if (is_status(*out.item) && !info.valid)
    return; // each of its entries has its own
  const auto holds = info.valid && info.valid->not_before <= now_ && now_ <= info.valid->not_after;
  out.validity = book_.check(rules::metadata_validity, info.name, holds,
                             {format_time(now_),
                              info.valid ? format_time(info.valid->not_before) + " to "
                                             + format_time(info.valid->not_after)
                                         : "a validity period",
                              holds || !info.valid ? "" : "expired"});
}

} // namespace troth::appraisal
