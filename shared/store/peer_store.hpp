#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace troth::store {

/// What a peer need not send again, by digest.
struct kept_items {
  std::map<std::string, bytes> items;
  std::uint64_t number = 0; ///< Changes whenever the items do.
};

/// Remembers what peers need not send again, for all verifiers that share it. Any thread may call.
/// @note It vouches for nothing: who uses an item looks whether it has its digest.
/// @note May block: an actor that uses it runs detached.
class peer_store {
public:
  peer_store() = default;
  peer_store(const peer_store&) = delete;
  peer_store& operator=(const peer_store&) = delete;
  virtual ~peer_store() = default;

  /// Returns a peer's items, unless `number` is still theirs; none have 0.
  /// @param peer hex.
  /// @returns `unavailable`, `io`.
  virtual result<std::optional<kept_items>> load(const std::string& peer, std::uint64_t number) = 0;

  /// Keeps these items of a peer in place of those before. Of too many bytes, the peers that were
  /// saved longest ago are forgotten.
  /// @returns their number; `unavailable`, `io`.
  virtual result<std::uint64_t>
  save(const std::string& peer, const std::map<std::string, bytes>& items) = 0;
};

} // namespace troth::store
