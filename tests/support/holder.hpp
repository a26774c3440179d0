#pragma once

#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troth::testing {

/// Answers every number with the text that it is sent later.
using holder_actor
  = caf::typed_actor<caf::replies_to<int>::with<std::string>, caf::reacts_to<std::string>>;

/// What a holder has not answered.
using held_answers = std::vector<caf::typed_response_promise<std::string>>;

inline holder_actor::behavior_type holder(holder_actor::pointer self,
                                          const std::shared_ptr<held_answers>& held) {
  return {[=](int) {
            held->push_back(self->make_response_promise<std::string>());
            return held->back();
          },
          [=](const std::string& text) {
            for (auto& one : std::exchange(*held, {}))
              one.deliver(text);
          }};
}

} // namespace troth::testing
