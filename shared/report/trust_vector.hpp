#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// The trustworthiness vector: what a verifier says of an attester, claim by claim.
// @see draft-ietf-rats-ar4si-09, sections 2.3.2 to 2.3.4

namespace troth::report {

/// The claims of the vector. The values are their labels in CBOR.
enum class trust_claim : std::uint8_t {
  instance_identity,
  configuration,
  executables,
  file_system,
  hardware,
  runtime_opaque,
  storage_opaque,
  sourced_data,
};

inline constexpr std::size_t trust_claim_count = 8;

/// Returns `instance-identity` and the like.
std::string_view name(trust_claim claim) noexcept;

/// How far a claim, or a whole appraisal, is to be trusted; the greater the worse, except that
/// `none` says nothing. The values are those of EAR.
enum class trust_tier : std::uint8_t {
  none = 0,
  affirming = 2,
  warning = 32,
  contraindicated = 96
};

/// Returns `none`, `affirming`, `warning` or `contraindicated`.
std::string_view name(trust_tier tier) noexcept;

/// @returns nothing for any other text, or number.
std::optional<trust_tier> tier_named(std::string_view name) noexcept;
std::optional<trust_tier> tier_numbered(std::int64_t number) noexcept;

/// Values of claims that we give, by the specification's names. Each means something under its
/// claim only.
namespace trust_value {
inline constexpr std::int8_t no_claim = 0;
inline constexpr std::int8_t crypto_failed = 99;      ///< Of every claim.
inline constexpr std::int8_t recognized_instance = 2; ///< instance_identity
inline constexpr std::int8_t unrecognized_instance = 97;
inline constexpr std::int8_t approved_config = 2; ///< configuration
inline constexpr std::int8_t unsafe_config = 32;
inline constexpr std::int8_t unavailable_config = 36;
inline constexpr std::int8_t unsupportable_config = 96;
inline constexpr std::int8_t approved_rt = 2; ///< executables
inline constexpr std::int8_t approved_boot = 3;
inline constexpr std::int8_t unsafe_rt = 32;
inline constexpr std::int8_t unrecognized_rt = 33;
inline constexpr std::int8_t contraindicated_rt = 96;
inline constexpr std::int8_t genuine_hw = 2; ///< hardware
inline constexpr std::int8_t unsafe_hw = 32;
inline constexpr std::int8_t contraindicated_hw = 96;
inline constexpr std::int8_t unrecognized_hw = 97;
inline constexpr std::int8_t encrypted_rt = 2; ///< runtime_opaque
inline constexpr std::int8_t visible_rt = 96;
} // namespace trust_value

/// Returns the tier of a claim's value.
trust_tier tier_of(std::int8_t value) noexcept;

/// A value for each claim; 0 where nothing is claimed.
class trust_vector {
public:
  std::int8_t operator[](trust_claim claim) const { return values_.at(index(claim)); }
  std::int8_t& operator[](trust_claim claim) { return values_.at(index(claim)); }

  /// Makes a claim say `value`, too: of the old and the new value the one that must be told stays,
  /// e.g. a contraindication before a warning.
  void add(trust_claim claim, std::int8_t value);

  /// Returns the worst tier of all claims.
  trust_tier worst() const noexcept;

  bool is_empty() const noexcept;

  friend bool operator==(const trust_vector&, const trust_vector&) = default;

private:
  static std::size_t index(trust_claim claim) noexcept { return static_cast<std::size_t>(claim); }

  std::array<std::int8_t, trust_claim_count> values_{};
};

} // namespace troth::report
