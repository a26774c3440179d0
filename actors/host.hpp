#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/protocol/interfaces.hpp"
#include "shared/protocol/transfers.hpp"
#include "shared/protocol/untouched.hpp"

#include <caf/result.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace troth::actors {

/// Who a published actor is, and to whom it talks.
struct host_options {
  protocol::hello ours;
  std::vector<std::string> accepts; ///< The roles of those who may dial it.
  protocol::transfer_limits transfers;

  /// Told of each request with a context: what was asked, and `ok` or the code of the error.
  std::function<void(std::string_view what, std::string_view code,
                     const protocol::request_context& of)>
    told = {};
};

/// The part that all published actors have: they answer a hello, and take and
/// give bodies of any size. Belongs to one actor.
///
/// One that `finishes_when_told` to stop by an exit of `user_shutdown` answers what it has begun,
/// refuses all else as `protocol::untouched`, and then ends with that.
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

  /// Has the actor finish when it is told to stop. It must say what it begins and ends.
  void finishes_when_told();
  void begins() { ++open_; }
  void ends();

  /// Returns how many answers are begun and not given.
  std::size_t open() const noexcept { return open_; }

  /// Returns whether what the actor was just asked is not begun any more. What it asks itself is.
  bool refuses() const;

  /// Tells what came of a request: `ok`, or the code of an error. The answers that its handlers
  /// return `hosted` tells; those that they promise are told by who delivers them.
  void tell(std::string_view what, std::string_view code,
            const protocol::request_context& of) const;
  void tell(std::string_view what, const caf::error& why,
            const protocol::request_context& of) const;

  /// Makes the payload of an answer. @returns as `protocol::transfers::give`, or `io`.
  caf::result<protocol::payload> give(std::string media_type, protocol::blob body);

  /// The same for an answer that was promised.
  void give(caf::typed_response_promise<protocol::payload> to, std::string media_type,
            protocol::blob body);

private:
  result<protocol::payload> make(std::string media_type, protocol::blob body);
  void leave_if_done();

  caf::scheduled_actor* self_;
  host_options options_;
  std::function<result<bytes>(std::size_t)> random_;
  protocol::transfers transfers_;
  std::size_t open_ = 0;
  bool is_stopping_ = false;
};

template <class T>
struct refusable {
  using type = caf::result<T>;
};
template <>
struct refusable<void> {
  using type = caf::result<void>;
};
template <class... Ts>
struct refusable<caf::result<Ts...>> {
  using type = caf::result<Ts...>;
};
template <class... Ts>
struct refusable<caf::typed_response_promise<Ts...>> {
  using type = caf::result<Ts...>;
};

/// Tells what came of a request that has a context, unless its answer is promised.
template <class Answer, class What, class... Ts>
void tell_answer(const host& own, const caf::result<Answer>& answer, const What& what,
                 const Ts&... rest) {
  using last = std::tuple_element_t<sizeof...(Ts), std::tuple<What, Ts...>>;
  if constexpr (std::is_same_v<last, protocol::request_context>) {
    const auto& of = std::get<const last&>(std::tie(what, rest...));
    if (answer.flag == caf::rt_value)
      own.tell(to_string(what), "ok", of);
    else if (answer.flag == caf::rt_error)
      own.tell(to_string(what), answer.err, of);
  }
}

/// Has a handler called only while its host begins anything, and tells what it answers.
template <class Handler, class Answer, class... Ts>
auto unless_stopping(const std::shared_ptr<host>& own, Handler handler,
                     Answer (Handler::*)(Ts...) const) {
  using answer = typename refusable<Answer>::type;
  return [own, handler = std::move(handler)](Ts... xs) -> answer {
    if (own->refuses())
      return protocol::untouched();
    if constexpr (std::is_void_v<Answer>) {
      handler(std::forward<Ts>(xs)...);
      return caf::unit;
    } else {
      answer out = handler(std::forward<Ts>(xs)...);
      tell_answer(*own, out, xs...);
      return out;
    }
  };
}

template <class Handler>
auto unless_stopping(const std::shared_ptr<host>& own, Handler handler) {
  return unless_stopping(own, std::move(handler), &Handler::operator());
}

/// Composes the behavior of a published actor of `own`, of `ready`, which returns a
/// `protocol::readiness` or a result of one, and of the handlers of its own messages.
template <class Handle, class Ready, class... Handlers>
typename Handle::behavior_type
hosted(const std::shared_ptr<host>& own, Ready ready, Handlers... handlers) {
  return {
    unless_stopping(own, [own](const protocol::hello& theirs) { return own->greet(theirs); }),
    unless_stopping(own, [ready = std::move(ready)](protocol::ready_atom) { return ready(); }),
    unless_stopping(own, [own](protocol::put_atom,
                               protocol::chunk& part) { return own->put(std::move(part)); }),
    [own](protocol::get_atom, const std::string& transfer, std::uint64_t offset) {
      return own->get(transfer, offset);
    },
    unless_stopping(own, std::move(handlers))...,
  };
}

} // namespace troth::actors
