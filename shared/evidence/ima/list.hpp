#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/reader.hpp"
#include "shared/base/result.hpp"
#include "shared/evidence/ima/template.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace troth::evidence::ima {

/// One measurement. Parsed, not replayed. All views are into the list that was parsed.
struct entry {
  std::uint32_t pcr;
  byte_view template_hash; ///< 20 bytes: SHA-1 over the template data.
  byte_view template_name;
  template_fields fields;
  std::size_t offset;     ///< Of the entry, within the list.
  std::size_t size_bytes; ///< Of the entry.

  byte_view data; ///< The fields, each behind its length; empty for the template `ima`.

  /// Returns the template data, what the banks' hashes are over, in parts that follow each
  /// other: the template `ima` has three, the others have one and two that are empty.
  std::array<byte_view, 3> hashed_parts() const noexcept;

  /// Returns the template data in one piece, as `parse_template` reads it.
  bytes template_data() const;

  /// Returns whether the kernel found the file written to while it was measured: the template
  /// hash is zero, and what was extended is all bits set.
  bool is_violation() const noexcept;
};

inline constexpr std::size_t max_entries = 1'000'000;
inline constexpr std::size_t max_template_name = 255;
inline constexpr std::size_t template_hash_size = 20;

/// Goes through a binary measurement list entry by entry, copying nothing.
class list_reader {
public:
  /// @param list  `binary_runtime_measurements`, little-endian. Must outlive the entries.
  explicit list_reader(byte_view list) : in_(list, "ima") {
    // nop
  }

  /// Returns the next entry, or nothing behind the last one.
  ///
  /// @returns `truncated` if the list ends inside an entry; `too_large` above the limits; what
  ///          `parse_template` returns for the entry's data. After an error there is no going on.
  result<std::optional<entry>> next();

  /// Returns where the entry last returned ends.
  std::size_t position() const noexcept { return position_; }

private:
  result<void> read_legacy(entry& into);
  result<void> read_data(entry& into);

  reader in_;
  std::size_t position_ = 0;
  std::size_t count_ = 0;
};

/// Parses a whole binary measurement list.
/// @returns the entries, maybe none, or the first error of `list_reader`.
/// @note The entries' views are into `list`: keep it.
/// @see Linux, security/integrity/ima/ima_fs.c (ima_measurements_show)
result<std::vector<entry>> parse_list(byte_view list);

} // namespace troth::evidence::ima
