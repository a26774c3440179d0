#pragma once

#include "services/bridge.hpp"
#include "shared/protocol/interfaces.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace troth::services {

/// Whether a process is ready: all actors that it names are.
class readiness {
public:
  explicit readiness(const bridge& actors) : actors_(&actors) {
    // nop
  }

  /// Has the answer depend on `actor`, too.
  void depends_on(protocol::peer_actor actor);

  /// Ends the start: until then the answer is no.
  void begin();

  /// From now on the answer is no, with this reason.
  void withdraw(const std::string& why);

  /// Asks all, at the same time; `then` is called once, from any thread.
  void ask(std::function<void(protocol::readiness)> then) const;

private:
  const bridge* actors_;
  mutable std::mutex mutex_;
  std::vector<protocol::peer_actor> all_; // guarded by mutex_
  std::string withdrawn_ = "starting";    // guarded by mutex_
};

} // namespace troth::services
