#include "actors/status_client.hpp"

#include "shared/protocol/error.hpp"

#include <caf/all.hpp>

#include <utility>

namespace troth::actors {

namespace {

status_client_actor::behavior_type behave_as_status_client(const ask_status& ask) {
  return {[ask](status_atom, const std::string& url, const protocol::blob& request,
                const protocol::request_context& of) -> caf::result<protocol::blob> {
    const auto answer = ask(url, protocol::to_bytes(request), of);
    if (!answer)
      return protocol::to_caf(answer.error());
    return protocol::to_blob(*answer);
  }};
}

} // namespace

status_client_actor spawn_status_client(caf::actor_system& system, ask_status ask) {
  return system.spawn<caf::detached>(behave_as_status_client, std::move(ask));
}

} // namespace troth::actors
