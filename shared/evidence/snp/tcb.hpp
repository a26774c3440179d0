#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace troth::evidence::snp {

/// The lines of processors that have a root key each. Bergamo and Siena count as Genoa.
enum class product_line : std::uint8_t { milan = 1, genoa, turin };

/// Returns `Milan`, `Genoa` or `Turin`, as AMD's certificates and key server spell it.
std::string_view name(product_line line) noexcept;

/// Reads what `name` returns, in either case; nothing for every other text.
std::optional<product_line> product_named(std::string_view text) noexcept;

/// Returns the line of a processor by its CPUID; nothing for one that we do not know.
/// @param family the extended family added to the base family, e.g. 0x19.
/// @param model the extended model in front of the base model.
std::optional<product_line> product_of(std::uint8_t family, std::uint8_t model) noexcept;

/// TCB_VERSION, in the order of the report: the lowest byte of the number first. What each
/// byte means is the product line's to say.
using tcb_version = std::array<std::uint8_t, 8>;

/// The security version of each part of the firmware. They are compared part by part.
struct tcb_parts {
  std::uint8_t fmc = 0; ///< Turin only.
  std::uint8_t boot_loader = 0;
  std::uint8_t tee = 0;
  std::uint8_t snp = 0;
  std::uint8_t microcode = 0;

  friend bool operator==(const tcb_parts&, const tcb_parts&) = default;
};

/// Takes a TCB_VERSION apart.
/// @see AMD 56860 (SEV-SNP firmware ABI), 2.2 TCB_VERSION
tcb_parts parts_of(const tcb_version& tcb, product_line line) noexcept;

/// Puts one together again; reserved bytes are zero.
tcb_version tcb_of(const tcb_parts& parts, product_line line) noexcept;

/// Returns whether no part of `tcb` is below the same part of `least`.
bool reaches(const tcb_parts& tcb, const tcb_parts& least) noexcept;

} // namespace troth::evidence::snp
