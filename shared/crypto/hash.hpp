#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"

#include <initializer_list>
#include <memory>

namespace troth::crypto {

/// Hashes the concatenation of `parts`.
digest hash(hash_algorithm algorithm, std::initializer_list<byte_view> parts);

inline digest hash(hash_algorithm algorithm, byte_view input) {
  return hash(algorithm, {input});
}

/// A hash over what comes part by part.
class running_hash {
public:
  explicit running_hash(hash_algorithm algorithm);
  running_hash(const running_hash&) = delete;
  running_hash& operator=(const running_hash&) = delete;
  ~running_hash();

  void add(byte_view part);

  /// Returns the hash of all parts. Nothing may be added after it.
  digest finish();

private:
  struct context;
  hash_algorithm algorithm_;
  std::unique_ptr<context> context_;
};

/// Makes `pcr` the hash of its old value followed by `value`: one extend.
/// @see TPM 2.0 Library, Part 1, 17.3 (Extend of a PCR)
void extend(digest& pcr, byte_view value);

} // namespace troth::crypto
