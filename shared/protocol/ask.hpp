#pragma once

#include <caf/error.hpp>
#include <caf/timespan.hpp>

#include <type_traits>
#include <utility>

namespace troth::protocol {

/// Asks an actor, and takes its deadline back once it has answered. CAF's own `request` leaves the
/// deadline in its clock: under load thousands of them lie there, and each wakes two threads when
/// it comes, long after anybody waits for it.
/// @param self asks; calls `then(answer)`, for `void` `then()`, or `otherwise(caf::error)`.
/// @param patience how long it waits: `sec::request_timeout` after that.
template <class Answer, class Self, class Handle, class Then, class Otherwise, class... Ts>
void ask(Self* self, const Handle& whom, caf::timespan patience, Then then, Otherwise otherwise,
         Ts&&... xs) {
  auto asked = self->request(whom, patience, std::forward<Ts>(xs)...);
  const auto forget = [self, id = asked.id()] { self->clock().cancel_request_timeout(self, id); };
  auto failed = [=](const caf::error& why) mutable {
    forget();
    otherwise(why);
  };
  if constexpr (std::is_void_v<Answer>) {
    asked.then(
      [=]() mutable {
        forget();
        then();
      },
      std::move(failed));
  } else {
    asked.then(
      [=](Answer& answer) mutable {
        forget();
        then(answer);
      },
      std::move(failed));
  }
}

} // namespace troth::protocol
