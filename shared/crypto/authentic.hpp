#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/key.hpp"

#include <algorithm>
#include <utility>

namespace troth::crypto {

/// A parsed value beside the digest of the bytes it was parsed from, so that several
/// holders of that digest can vouch for it and it is hashed once.
template <class T>
class hashed {
public:
  /// @param value kept by reference: it must outlive this.
  hashed(const T& value, byte_view parsed_from, hash_algorithm algorithm)
    : value_(&value), sum_(hash(algorithm, parsed_from)) {
    // nop
  }

  const T& value() const noexcept { return *value_; }
  const digest& sum() const noexcept { return sum_; }

private:
  const T* value_;
  digest sum_;
};

/// A parsed value that somebody accountable said: a key signed the bytes it was
/// parsed from, or a digest of them stands in a value that is itself authentic.
/// Only the functions below make one and appraisal takes nothing else, so that
/// appraising what nobody authenticated does not compile.
template <class T>
class authentic {
public:
  const T* operator->() const noexcept { return &value_; }
  const T& operator*() const noexcept { return value_; }

private:
  template <class U>
  friend result<authentic<U>>
  authenticate(U, byte_view, signature_algorithm, byte_view, const public_key&);
  template <class U, class V>
  friend result<authentic<const U*>> authenticate(const hashed<U>&, byte_view, const authentic<V>&);

  explicit authentic(T value) : value_(std::move(value)) {
    // nop
  }

  T value_;
};

/// Wraps `value`, which was parsed from `signed_bytes`, if `key` signed them.
/// @returns what `public_key::verify` returns if it did not.
template <class T>
result<authentic<T>> authenticate(T value, byte_view signed_bytes, signature_algorithm algorithm,
                                  byte_view signature, const public_key& key) {
  if (const auto verified = key.verify(algorithm, signed_bytes, signature); !verified)
    return verified.error();
  return authentic<T>{std::move(value)};
}

/// Wraps `said` if `claimed` is its digest. `claimed` must have been taken from `holder`.
/// @returns `bad_signature` if it is not.
template <class T, class V>
result<authentic<const T*>>
authenticate(const hashed<T>& said, byte_view claimed, const authentic<V>& holder) {
  (void)holder;
  if (!std::ranges::equal(said.sum().view(), claimed))
    return error{errc::bad_signature, "digest"};
  return authentic<const T*>{&said.value()};
}

} // namespace troth::crypto
