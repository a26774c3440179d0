#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troth {

/// The hash functions we know. SHA-1 is here to read logs and banks with;
/// whether it may decide anything is the policy's business.
enum class hash_algorithm : std::uint8_t { sha1 = 1, sha256, sha384, sha512 };

/// Returns 20, 32, 48 or 64.
constexpr std::size_t digest_size(hash_algorithm algorithm) noexcept {
  switch (algorithm) {
  case hash_algorithm::sha1:
    return 20;
  case hash_algorithm::sha256:
    return 32;
  case hash_algorithm::sha384:
    return 48;
  case hash_algorithm::sha512:
    return 64;
  }
  return 0;
}

/// Returns `SHA-256` and the like, as CycloneDX and cmc spell it.
std::string_view name(hash_algorithm algorithm) noexcept;

/// Reads what `name` returns, in either case and without its dash, too: `sha256`.
/// @returns `unsupported` for every other text.
result<hash_algorithm> parse_hash_algorithm(std::string_view text);

/// The output of a hash function. Its size always is its algorithm's.
class digest {
public:
  /// All zeros: what a PCR holds after reset.
  explicit digest(hash_algorithm algorithm) noexcept : algorithm_(algorithm) {
    // nop
  }

  /// @returns `malformed` unless `value` has the algorithm's size.
  static result<digest> from(hash_algorithm algorithm, byte_view value);

  hash_algorithm algorithm() const noexcept { return algorithm_; }
  byte_view view() const noexcept { return {value_.data(), digest_size(algorithm_)}; }

  /// For the code that computes one in place.
  std::span<std::uint8_t> bytes_mut() noexcept { return {value_.data(), digest_size(algorithm_)}; }

  friend bool operator==(const digest&, const digest&) = default;
  friend auto operator<=>(const digest&, const digest&) = default;

private:
  hash_algorithm algorithm_;
  std::array<std::uint8_t, 64> value_{}; // zero behind the algorithm's size
};

enum class signature_scheme : std::uint8_t { ecdsa = 1, rsassa, rsapss, eddsa };

/// How a signature was made. EdDSA hashes by itself; its `hash` is ignored.
/// ECDSA says nothing of the curve: the key does.
struct signature_algorithm {
  signature_scheme scheme;
  hash_algorithm hash;

  friend bool operator==(const signature_algorithm&, const signature_algorithm&) = default;
};

} // namespace troth
