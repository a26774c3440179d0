#pragma once

#include "shared/appraisal/ledger.hpp"
#include "shared/base/algorithm.hpp"
#include "shared/base/time.hpp"
#include "shared/endorsement/provisioned_values.hpp"
#include "shared/report/component.hpp"
#include "shared/report/metadata.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace troth::appraisal {

/// What a value did to its register.
enum class event_kind : std::uint8_t {
  extend,  ///< It was extended into it.
  initial, ///< It was there before: an event or reference value of that name.
};

/// One reference value, where it stands in its manifest.
struct reference {
  const report::component* component;
  std::uint64_t register_index; ///< TPM: the PCR. TDX: the CC measurement register, 5 being MRSEAM.
                                ///< 0 where there are no registers.
  event_kind kind = event_kind::extend;
};

/// The reference values of all manifests of a report, by trust anchor, in the
/// order of the manifests and of each manifest's components.
struct reference_values {
  std::vector<reference> tpm;
  std::vector<reference> sw;
  std::vector<const codec::free_object*> container_rules; ///< Beside `sw`; null: none.
  std::vector<reference> snp;
  std::vector<reference> sgx;
  std::vector<reference> tdx;
  std::vector<reference> ias;
};

/// Sorts the components of authentic manifests by trust anchor. One of an unknown
/// trust anchor or of none, or of a TPM without a PCR number from 0 to 23 or of a TD without a
/// register from 0 to 5, fails `reference.trust_anchor`.
/// One of a register that its manifest may not speak for fails `reference.authority`. Neither
/// counts for anything.
///
/// @param image whose descriptions have the rules for containers; null: none is known.
reference_values collect_references(std::span<const report::manifest* const> manifests,
                                    const report::image_description* image, ledger& book);

/// Adds those that count at `now` to the reference values of a report's manifests.
/// @param provisioned must outlive `into`.
void add_provisioned(const endorsement::provisioned_set& provisioned, time_point now,
                     reference_values& into);

/// Finds reference values by register, kind and digest of one algorithm, and remembers which were
/// met.
class reference_index {
public:
  /// @param references must outlive this.
  reference_index(std::span<const reference> references, hash_algorithm algorithm);

  /// Marks every reference value of that register, kind and digest as met.
  /// @returns the first of them, or nothing.
  const reference* meet(std::uint64_t register_index, event_kind kind, const digest& value);

  /// Returns whether `references[at]` was met.
  bool was_met(std::size_t at) const { return met_[first_alike_[at]]; }

private:
  void fetch(std::uint64_t key) const;
  /// Returns the slot of the reference value with the register and kind of `like` and that digest,
  /// or the free one where it would be.
  std::size_t slot_of(std::uint64_t key, const reference& like, const digest& value) const;

  std::span<const reference> references_;
  hash_algorithm algorithm_;
  std::vector<std::optional<digest>> digests_; // beside references_: copies, close in memory
  std::vector<std::uint32_t> first_alike_;     // beside references_: the first of the same value
  std::vector<bool> met_;                      // beside references_; kept at the first alike
  std::vector<std::uint64_t> slots_; // open addressing: upper half of the key, index + 1; 0: empty
};

} // namespace troth::appraisal
