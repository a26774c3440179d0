#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/key.hpp"

#include <algorithm>
#include <utility>

namespace troth::crypto {

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
  friend result<authentic<U>> authenticate(U, byte_view, const digest&, const authentic<V>&);

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

/// Wraps `value`, which was parsed from `hashed_bytes`, if `claimed` is their
/// digest. `claimed` must have been taken from `holder`.
/// @returns `bad_signature` if it is not.
template <class T, class V>
result<authentic<T>>
authenticate(T value, byte_view hashed_bytes, const digest& claimed, const authentic<V>& holder) {
  (void)holder;
  if (hash(claimed.algorithm(), hashed_bytes) != claimed)
    return error{errc::bad_signature, "digest"};
  return authentic<T>{std::move(value)};
}

} // namespace troth::crypto
