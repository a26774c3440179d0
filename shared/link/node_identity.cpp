#include "shared/link/node_identity.hpp"

#include <caf/node_id.hpp>
#include <sys/random.h>

#include <stdexcept>
#include <unistd.h>

namespace troth::link {

void node_identity::init(caf::actor_system_config&) {
  caf::node_id::default_data::host_id_type host{};
  if (getrandom(host.data(), host.size(), 0) != static_cast<ssize_t>(host.size()))
    throw std::runtime_error{"no random node id"};
  // The system's own member, which is not constant: only what leads to it is.
  const_cast<caf::node_id&>(of_.node()) = caf::make_node_id(static_cast<std::uint32_t>(getpid()),
                                                            host);
}

} // namespace troth::link
