#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <cstddef>
#include <string_view>

namespace troth::store {

/// The longest id and the longest nonce that a store keeps.
inline constexpr std::size_t max_id_bytes = 128;
inline constexpr std::size_t max_nonce_bytes = 1024;

/// Remembers which challenges are open. Verifiers that share a store can finish
/// each other's challenges, and no two of them the same one.
///
/// Ids and nonces may hold any bytes; no two different ids are ever the same
/// challenge. Any thread may call.
///
/// @note May block: an actor that uses it runs detached.
class challenge_store {
public:
  challenge_store() = default;
  challenge_store(const challenge_store&) = delete;
  challenge_store& operator=(const challenge_store&) = delete;
  virtual ~challenge_store() = default;

  /// Opens the challenge `id` until `expires`.
  /// @returns `exhausted` if as many are open as may be; `conflict` if `id` is
  ///          one of them; `too_large` for an id or nonce above the limits;
  ///          `unavailable` if the store does not answer, `io` if it is broken.
  virtual result<void> put(std::string_view id, byte_view nonce, time_point expires, time_point now)
    = 0;

  /// Closes the challenge `id`, whatever comes of it.
  /// @returns its nonce, once; `no_challenge` if it is not open at `now`;
  ///          `unavailable` if the store does not answer, `io` if it is broken.
  ///          After these two the challenge may be closed.
  virtual result<bytes> take(std::string_view id, time_point now) = 0;

  /// Asks the store for a sign of life.
  /// @returns `unavailable` if it does not answer, `io` if it is broken.
  virtual result<void> ping() = 0;
};

} // namespace troth::store
