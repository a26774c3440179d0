#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/report.hpp"
#include "shared/store/peer_store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troth::actors {

struct peer_cache_limits {
  std::size_t peers = 10'000;                        ///< The one longest unused goes first.
  std::size_t items = 64;                            ///< Of a peer.
  std::size_t bytes = std::size_t{16} * 1024 * 1024; ///< Of a peer.
  std::size_t total_bytes = std::size_t{1024} * 1024 * 1024;
};

/// Signed metadata that peers need not send again: a peer's reports leave out what is here, and it
/// is filled in. Only what an appraisal that did not fail has verified gets in, under the digest
/// that we computed, and it is hashed again whenever it is used.
///
/// Kept in a store, so that it survives a restart, and other verifiers know what one has announced.
/// Any thread may ask and learn; `refresh` and `flush` may block.
class peer_cache {
public:
  using items = std::map<std::string, bytes>; ///< By hex digest of the report's algorithm.

  /// @param store null: nothing outlives the process.
  peer_cache(const peer_cache_limits& limits, std::shared_ptr<store::peer_store> store,
             std::function<void(const std::string&)> note)
    : limits_(limits), store_(std::move(store)), note_(std::move(note)) {
    // nop
  }

  /// Takes in what any verifier has kept of a peer. What is not what it was is left out.
  /// @returns what the store does.
  result<void> refresh(std::string_view peer);

  /// Returns the digests of a peer's items.
  std::vector<std::string> digests(std::string_view peer);

  /// Returns a peer's items.
  items items_of(std::string_view peer);

  /// Makes the items of a report the peer's, in place of those before. Those over the quota of
  /// a peer are left out.
  /// @param claims of a report whose appraisal did not fail.
  /// @param filled_in what `items_of` gave to it.
  void learn(std::string_view peer, const report::context& claims, const items& filled_in);

  /// Writes what was learnt since.
  void flush();

private:
  struct peer_items {
    items kept;
    std::size_t size_bytes = 0;
    std::uint64_t used = 0;   // when, as a count of uses
    std::uint64_t number = 0; // of the store's
  };

  void put(const std::string& key, items kept);
  void make_room();

  const peer_cache_limits limits_;
  const std::shared_ptr<store::peer_store> store_;
  const std::function<void(const std::string&)> note_;
  std::mutex mutex_;
  std::map<std::string, peer_items> peers_; // by SHA-256 of the peer's name
  std::set<std::string> changed_;           // keys of those that are not written yet
  std::size_t size_bytes_ = 0;
  std::uint64_t uses_ = 0;
};

} // namespace troth::actors
