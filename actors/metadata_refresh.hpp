#pragma once

#include "actors/metadata_cache.hpp"
#include "shared/protocol/interfaces.hpp"

#include <caf/scheduled_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace troth::actors {

/// Brings a cache to what an EST server has: a part of a prover, run by its actor.
class metadata_refresh {
public:
  /// How to ask the EST server, since only an actor can: what there is, and one item.
  struct questions {
    std::function<void(std::function<void(result<std::vector<protocol::metadata_entry>>)>)> list;
    std::function<void(const std::string& digest, std::function<void(result<bytes>)>)> item;
  };

  metadata_refresh(std::shared_ptr<metadata_cache> cache, questions ask,
                   std::function<void(const std::string&)> note)
    : cache_(std::move(cache)), ask_(std::move(ask)), note_(std::move(note)) {
    // nop
  }

  /// Asks for the list, and for each item that the cache lacks. Calls `done` at the end; a
  /// failure leaves the cache with what it has.
  void run(std::function<void()> done);

  /// Returns why the last run failed; empty: it did not.
  const std::string& trouble() const noexcept { return trouble_; }

  /// Returns whether a run has succeeded since the start.
  bool has_succeeded() const noexcept { return has_succeeded_; }

private:
  void fetch_next();
  void finish(const std::string& trouble);

  std::shared_ptr<metadata_cache> cache_;
  questions ask_;
  std::function<void(const std::string&)> note_;
  std::function<void()> done_;
  std::set<std::string> listed_;
  std::vector<std::string> missing_; // to fetch, the next one last
  std::string trouble_;
  bool has_succeeded_ = false;
};

} // namespace troth::actors
