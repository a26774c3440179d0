#pragma once

#include "shared/base/result.hpp"
#include "shared/protocol/ask.hpp"
#include "shared/protocol/error.hpp"

#include <caf/actor.hpp>
#include <caf/all.hpp>

#include <functional>
#include <utility>

namespace troth::services {

/// Work for the bridge's actor. Never leaves the process.
struct bridge_task {
  std::function<void(caf::event_based_actor*)> run;
};

/// Behavior of the actor that asks.
caf::behavior bridge_tasks(caf::event_based_actor* self);

/// Lets threads that run no actor ask actors, without waiting for them.
class bridge {
public:
  /// @param tasks runs them: spawned with `bridge_tasks`.
  explicit bridge(caf::actor tasks) : actor_(std::move(tasks)) {
    // nop
  }

  /// Asks `whom`, and calls `then` with its answer, from a thread of CAF's.
  /// @param name of `whom`, for errors.
  template <class Answer, class Handle, class... Ts>
  void ask(const Handle& whom, const char* name, caf::timespan patience,
           std::function<void(result<Answer>)> then, Ts... message) const {
    // Moved all the way: a message may hold a whole report.
    submit([=, ... message = std::move(message)](caf::event_based_actor* self) mutable {
      protocol::ask<Answer>(
        self, whom, patience, [then](Answer& answer) { then(std::move(answer)); },
        [then, name](const caf::error& why) { then(protocol::from_peer(why, name)); },
        std::move(message)...);
    });
  }

private:
  void submit(std::function<void(caf::event_based_actor*)> task) const;

  caf::actor actor_;
};

} // namespace troth::services

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troth::services::bridge_task)
