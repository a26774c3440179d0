#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/type_list.hpp>

namespace troth::link {

/// Gives an actor system a random node id, before any part of it knows another.
///
/// CAF makes one of the network cards' addresses and the process id. Containers have process 1 and
/// an address that follows from their place in their network, so that two of them are one node for
/// CAF: on one host's network, and on hosts that count alike.
class node_identity final : public caf::actor_system::module {
public:
  static caf::actor_system::module* make(caf::actor_system& of, caf::detail::type_list<>) {
    return new node_identity{of}; // CAF owns it
  }

  /// Throws `std::runtime_error` where there is no randomness.
  void init(caf::actor_system_config&) override;

  void start() override {}
  void stop() override {}
  id_t id() const override { return network_manager; } // a place that CAF itself leaves empty
  void* subtype_ptr() override { return this; }

private:
  explicit node_identity(caf::actor_system& of) : of_(of) {
    // nop
  }

  caf::actor_system& of_;
};

} // namespace troth::link
