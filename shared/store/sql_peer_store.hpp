#pragma once

#include "shared/store/database.hpp"
#include "shared/store/peer_store.hpp"

#include <memory>

namespace troth::store {

/// Keeps what a fleet's peers need not send again in a database.
class sql_peer_store final : public peer_store {
public:
  /// @param max_bytes of all items of all peers.
  sql_peer_store(std::shared_ptr<database> where, std::size_t max_bytes);

  result<std::optional<kept_items>> load(const std::string& peer, std::uint64_t number) override;
  result<std::uint64_t> save(const std::string& peer,
                             const std::map<std::string, bytes>& items) override;

private:
  const std::shared_ptr<database> database_;
  const long long max_bytes_;
};

} // namespace troth::store
