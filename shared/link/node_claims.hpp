#pragma once

#include "shared/link/frame.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

namespace troth::link {

/// Which peer is which node, as long as a connection of it lasts: no other may say it is. Any
/// thread may call.
class node_claims {
public:
  /// @returns false if that node is another peer.
  bool claim(const node& which, const std::string& id);

  /// Takes one claim back.
  void release(const node& which);

private:
  struct owner {
    std::string id;
    std::size_t claims = 0;
  };

  std::mutex mutex_;
  std::map<node, owner> owners_; // guarded by mutex_
};

} // namespace troth::link
