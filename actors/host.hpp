#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/protocol/interfaces.hpp"
#include "shared/protocol/transfers.hpp"

#include <caf/result.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troth::actors {

/// Who a published actor is, and to whom it talks.
struct host_options {
  protocol::hello ours;
  std::vector<std::string> accepts; ///< The roles of those who may dial it.
  protocol::transfer_limits transfers;
};

/// The part that all published actors have: they answer a hello, and take and
/// give bodies of any size. Belongs to one actor.
class host {
public:
  /// @param random draws that many random bytes, for the ids of transfers.
  host(caf::scheduled_actor* self, host_options options,
       std::function<result<bytes>(std::size_t)> random);

  /// Answers a hello. @returns `unsupported`, `forbidden`.
  caf::result<protocol::hello> greet(const protocol::hello& theirs) const;

  caf::result<void> put(protocol::chunk&& part);
  caf::result<protocol::blob> get(const std::string& transfer, std::uint64_t offset);

  /// Takes the whole body of a request, whether it came with it or was put before.
  /// @returns as `protocol::transfers::take`.
  result<protocol::blob> take(protocol::payload&& from);

  /// Makes the payload of an answer. @returns as `protocol::transfers::give`, or `io`.
  caf::result<protocol::payload> give(std::string media_type, protocol::blob body);

  /// The same for an answer that was promised.
  void give(caf::typed_response_promise<protocol::payload> to, std::string media_type,
            protocol::blob body);

private:
  result<protocol::payload> make(std::string media_type, protocol::blob body);

  caf::scheduled_actor* self_;
  host_options options_;
  std::function<result<bytes>(std::size_t)> random_;
  protocol::transfers transfers_;
};

/// Composes the behavior of a published actor of `own`, of `ready`, which returns a
/// `protocol::readiness` or a result of one, and of the handlers of its own messages.
template <class Handle, class Ready, class... Handlers>
typename Handle::behavior_type
hosted(const std::shared_ptr<host>& own, Ready ready, Handlers... handlers) {
  return {
    [own](const protocol::hello& theirs) { return own->greet(theirs); },
    [ready = std::move(ready)](protocol::ready_atom) { return ready(); },
    [own](protocol::put_atom, protocol::chunk& part) { return own->put(std::move(part)); },
    [own](protocol::get_atom, const std::string& transfer, std::uint64_t offset) {
      return own->get(transfer, offset);
    },
    std::move(handlers)...,
  };
}

} // namespace troth::actors
