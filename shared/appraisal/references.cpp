#include "shared/appraisal/references.hpp"

#include "shared/appraisal/authority.hpp"
#include "shared/endorsement/log_components.hpp"
#include "shared/endorsement/reference_place.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

namespace troth::appraisal {

namespace {

/// A trust anchor whose components are reference values.
struct anchor {
  std::string_view name; // of the property
  std::vector<reference> reference_values::*values;
};

constexpr std::array anchors = {
  anchor{"TPM", &reference_values::tpm}, anchor{"SW", &reference_values::sw},
  anchor{"SNP", &reference_values::snp}, anchor{"SGX", &reference_values::sgx},
  anchor{"TDX", &reference_values::tdx}, anchor{"IAS", &reference_values::ias},
};

constexpr std::string_view known_anchors = "TPM with a PCR, TDX with a register, SNP, SGX, IAS, SW";

// How far ahead a slot is fetched: a few hundred nanoseconds of work, one access to memory.
constexpr std::size_t slots_ahead = 8;

constexpr unsigned half = 32; // bits of a slot

std::uint32_t index_in(std::uint64_t slot) {
  return static_cast<std::uint32_t>(slot) - 1;
}

std::uint64_t key_of(std::uint64_t register_index, const digest& value) {
  std::uint64_t key = 0;
  std::memcpy(&key, value.view().data(), sizeof key); // a digest is random enough as it is
  return key + register_index * 0x9e3779b97f4a7c15U;
}

event_kind kind_of(const report::component& component) {
  return component.name == endorsement::initial_value_name ? event_kind::initial
                                                           : event_kind::extend;
}

/// Returns the rules that the description of a manifest has for its containers, or null.
const codec::free_object* container_rules(const report::image_description* image,
                                          const std::string& manifest) {
  if (image == nullptr)
    return nullptr;
  const auto at = std::ranges::find(image->descriptions, manifest,
                                    &report::manifest_description::manifest);
  return at != image->descriptions.end() && !at->oci_rules.empty() ? &at->oci_rules : nullptr;
}

} // namespace

reference_values collect_references(std::span<const report::manifest* const> manifests,
                                    const report::image_description* image, ledger& book) {
  reference_values out;
  std::size_t most = 0;
  for (const auto* manifest : manifests)
    most += manifest->components.size();
  out.tpm.reserve(most);
  for (const auto* manifest : manifests) {
    const auto* const rules = container_rules(image, manifest->info.name);
    for (const auto& component : manifest->components) {
      const auto* named = component.find_property(report::property_trust_anchor);
      if (named == nullptr) {
        book.check(rules::reference_known, manifest->info.name, false,
                   {"no trust anchor", std::string{known_anchors}, {}, component.name});
        continue;
      }
      const auto* const known = std::ranges::find(anchors, *named, &anchor::name);
      const auto index = endorsement::register_of(*named, component);
      if (known == anchors.end() || !index) {
        book.check(rules::reference_known, manifest->info.name, false,
                   {known != anchors.end() ? "no register" : *named,
                    std::string{known_anchors},
                    {},
                    component.name});
        continue;
      }
      if (!may_speak_for(*manifest, *named, *index, book.rules())) {
        book.check(rules::reference_authority, manifest->info.name, false,
                   {*named + " " + std::to_string(*index),
                    "registers that this manifest may speak for",
                    {},
                    component.name});
        continue;
      }
      (out.*known->values).push_back({&component, *index, kind_of(component)});
      if (known->values == &reference_values::sw)
        out.container_rules.push_back(rules);
    }
  }
  return out;
}

void add_provisioned(const endorsement::provisioned_set& provisioned, time_point now,
                     reference_values& into) {
  for (const auto& [component, until] : provisioned) {
    const auto* const named = component.find_property(report::property_trust_anchor);
    if (named == nullptr || (until && now > *until))
      continue;
    const auto* const known = std::ranges::find(anchors, *named, &anchor::name);
    const auto index = endorsement::register_of(*named, component);
    if (known == anchors.end() || !index)
      continue;
    (into.*known->values).push_back({&component, *index, kind_of(component)});
    if (known->values == &reference_values::sw)
      into.container_rules.push_back(nullptr);
  }
}

reference_index::reference_index(std::span<const reference> references, hash_algorithm algorithm)
  : references_(references), algorithm_(algorithm), met_(references.size()),
    slots_(std::bit_ceil(references.size() * 2 + 1)) {
  digests_.reserve(references.size());
  first_alike_.reserve(references.size());
  // Two passes: the first reads the components, one after the other; the second writes the
  // slots, anywhere, and reads nothing else.
  std::vector<std::uint64_t> keys;
  keys.reserve(references.size());
  for (const auto& each : references) {
    const auto* value = each.component->find_hash(algorithm);
    digests_.push_back(value != nullptr ? std::optional{*value} : std::nullopt);
    keys.push_back(value != nullptr ? key_of(each.register_index, *value) : 0);
  }
  for (std::uint32_t at = 0; at < references.size(); ++at) {
    if (at + slots_ahead < references.size())
      fetch(keys[at + slots_ahead]);
    first_alike_.push_back(at);
    if (!digests_[at])
      continue;
    auto& slot = slots_[slot_of(keys[at], references[at], *digests_[at])];
    if (slot == 0)
      slot = keys[at] >> half << half | (at + 1);
    else
      first_alike_[at] = index_in(slot);
  }
}

void reference_index::fetch(std::uint64_t key) const {
  __builtin_prefetch(&slots_[key & (slots_.size() - 1)]);
}

std::size_t reference_index::slot_of(std::uint64_t key, const reference& like,
                                     const digest& value) const {
  const auto mask = slots_.size() - 1;
  for (auto at = key & mask;; at = (at + 1) & mask) {
    if (slots_[at] == 0)
      return at;
    if (slots_[at] >> half != key >> half)
      continue; // without a look at the digest, which is far away in memory
    const auto known = index_in(slots_[at]);
    if (references_[known].register_index == like.register_index
        && references_[known].kind == like.kind && *digests_[known] == value)
      return at;
  }
}

const reference* reference_index::meet(std::uint64_t register_index, event_kind kind,
                                       const digest& value) {
  if (value.algorithm() != algorithm_)
    return nullptr;
  const auto slot
    = slots_[slot_of(key_of(register_index, value), {nullptr, register_index, kind}, value)];
  if (slot == 0)
    return nullptr;
  met_[index_in(slot)] = true;
  return &references_[index_in(slot)];
}

} // namespace troth::appraisal
