#pragma once

#include "actors/peer_connection.hpp"
#include "shared/protocol/ask.hpp"
#include "shared/protocol/deadline.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace troth::actors {

/// Asks the processes behind a peer actor.
template <class Handle>
class peer_requests : public peer_connection<Handle> {
public:
  using super = peer_connection<Handle>;
  using super::super;

  /// Picks whom to ask what this actor was just asked, and has `attempt` ask under a ticket.
  /// @param deadline_ms Unix time; 0: as long as the options say.
  template <class Answer>
  caf::typed_response_promise<Answer>
  begin(std::uint64_t deadline_ms, repeats how, std::function<void(std::uint64_t)> attempt) {
    auto promise = self_->template make_response_promise<Answer>();
    const auto refuse = [&](errc code, const std::string& why) {
      promise.deliver(protocol::to_caf({code, options_.name + ": " + why}));
      return promise;
    };
    if (requests_.size() >= options_.max_requests)
      return refuse(errc::exhausted, "too many requests");
    const auto time = protocol::time_left(deadline_ms, ports_.now(), options_.request_time);
    if (time <= time.zero())
      return refuse(errc::timeout, "the deadline has passed");
    const auto address = table_.begin();
    if (!address)
      return refuse(errc::unavailable, "none is connected");
    const auto ticket = this->enter(
      {*address, handles_.at(*address), promise, self_->clock().now() + time, attempt, how});
    attempt(ticket);
    return promise;
  }

  /// Sends a request that has begun, and its answer to whoever asked.
  template <class Answer, class... Ts>
  void send(std::uint64_t ticket, Ts... xs) {
    step<Answer>(
      ticket, [this, ticket](Answer& answer) { finish(ticket, std::move(answer)); },
      std::move(xs)...);
  }

  template <class Answer, class... Ts>
  caf::typed_response_promise<Answer> ask(std::uint64_t deadline_ms, repeats how, Ts... xs) {
    return this->template begin<Answer>(deadline_ms, how, [this, xs...](std::uint64_t ticket) {
      this->template send<Answer>(ticket, xs...);
    });
  }

  /// Puts a body that does not fit into one message, then calls `then` with what refers to it.
  template <class Then>
  void
  upload(std::uint64_t ticket, const std::shared_ptr<const protocol::payload>& body, Then then) {
    const auto size = body->body.size();
    if (size <= protocol::max_chunk_bytes)
      return then(protocol::payload{body->media_type, body->body, body->transfer, size});
    const auto id = ports_.random(transfer_id_bytes);
    if (!id)
      return fail(ticket, protocol::to_caf(id.error()));
    put(ticket, body, {body->media_type, {}, hex(*id), size}, std::move(then));
  }

  /// Asks all that are connected whether they are ready.
  caf::result<protocol::readiness> ready() {
    if (handles_.empty())
      return protocol::readiness{false, options_.name + ": " + table_.reasons()};
    struct poll {
      std::size_t open;
      protocol::readiness so_far;
    };
    auto promise = self_->template make_response_promise<protocol::readiness>();
    const auto all = std::make_shared<poll>(poll{handles_.size(), {}});
    for (const auto& [address, remote] : handles_) {
      auto add = [=, name = options_.name + ' ' + address](const protocol::readiness& one) mutable {
        all->so_far.is_ready |= one.is_ready;
        if (!one.is_ready)
          all->so_far.reasons += (all->so_far.reasons.empty() ? "" : "\n") + name + ": "
                                 + one.reasons;
        if (--all->open == 0)
          promise.deliver(all->so_far);
      };
      self_->request(remote, ready_time, protocol::ready_atom_v)
        .then(add, [add](const caf::error& why) mutable {
          add({false, protocol::from_peer(why, "ready").where});
        });
    }
    return promise;
  }

private:
  using super::handles_;
  using super::options_;
  using super::ports_;
  using super::requests_;
  using super::self_;
  using super::table_;

  static constexpr std::size_t transfer_id_bytes = 16;
  static constexpr std::chrono::seconds ready_time{2};

  /// One message of a request and its answer.
  template <class Answer, class Then, class... Ts>
  void step(std::uint64_t ticket, Then then, Ts... xs) {
    const auto at = requests_.find(ticket);
    if (at == requests_.end())
      return; // lost meanwhile, and answered
    const auto left = at->second.until - self_->clock().now();
    protocol::ask<Answer>(
      self_, at->second.to, std::max(left, left.zero()), std::move(then),
      [this, ticket](const caf::error& why) { fail(ticket, why); }, std::move(xs)...);
  }

  /// Puts the part of `whole` from `offset` on, as what `as` refers to.
  template <class Then>
  void put(std::uint64_t ticket, const std::shared_ptr<const protocol::payload>& whole,
           const protocol::payload& as, Then then, std::size_t offset = 0) {
    if (offset == as.size_bytes)
      return then(protocol::payload{as});
    protocol::chunk part{as.transfer, offset, as.size_bytes,
                         whole->body.substr(offset, protocol::max_chunk_bytes)};
    const auto next = offset + part.body.size();
    step<void>(
      ticket, [=, this]() { put(ticket, whole, as, then, next); }, protocol::put_atom_v,
      std::move(part));
  }

  template <class Answer>
  void finish(std::uint64_t ticket, Answer&& answer) {
    if (auto done = this->take(ticket))
      done->promise.deliver(std::forward<Answer>(answer));
  }

  void finish(std::uint64_t ticket, protocol::payload&& answer) {
    if (answer.transfer.empty())
      return finish<protocol::payload>(ticket, std::move(answer));
    if (answer.size_bytes > options_.max_body_bytes || !answer.body.empty())
      return fail(ticket, protocol::to_caf({errc::too_large, options_.name + ": answer of "
                                                               + std::to_string(answer.size_bytes)
                                                               + " bytes"}));
    get(ticket, std::make_shared<protocol::payload>(std::move(answer)));
  }

  /// Gets the next part of an answer.
  void get(std::uint64_t ticket, std::shared_ptr<protocol::payload> answer) {
    const auto add = [this, ticket, answer](const protocol::blob& part) {
      const auto missing = answer->size_bytes - answer->body.size();
      if (part.empty() || part.size() > missing)
        return fail(ticket,
                    protocol::to_caf({errc::internal, options_.name + ": a part of "
                                                        + std::to_string(part.size()) + " bytes"}));
      answer->body += part;
      if (part.size() < missing)
        return get(ticket, answer);
      answer->transfer.clear();
      finish<protocol::payload>(ticket, std::move(*answer));
    };
    step<protocol::blob>(ticket, add, protocol::get_atom_v, answer->transfer,
                         std::uint64_t{answer->body.size()});
  }

  void fail(std::uint64_t ticket, const caf::error& what) {
    auto failed = this->take(ticket);
    if (!failed)
      return;
    if (protocol::is_untouched(what)) { // asked to stop, it has told nobody but us yet
      table_.leaves(failed->address);
      return this->repeat_or_fail(*failed, progress::untouched);
    }
    const auto why = protocol::from_peer(what, options_.name);
    if (why.code == errc::unavailable && this->repeat(*failed, progress::unknown))
      return;
    failed->promise.deliver(protocol::to_caf(why));
    if (why.code == errc::timeout && !protocol::from_caf(what))
      this->suspect(failed->address);
  }
};

/// Composes the behavior of a peer actor of its core and the handlers of its own messages.
template <class Handle, class... Handlers>
typename peer_requests<Handle>::self_handle::behavior_type
peer_behavior(const std::shared_ptr<peer_requests<Handle>>& core, const protocol::hello& ours,
              Handlers... handlers) {
  const auto whole = [] {
    return protocol::to_caf({errc::unsupported, "peer: bodies come whole"});
  };
  return {
    [ours](const protocol::hello&) { return ours; },
    [core](protocol::ready_atom) { return core->ready(); },
    [whole](protocol::put_atom, const protocol::chunk&) -> caf::result<void> { return whole(); },
    [whole](protocol::get_atom, const std::string&, std::uint64_t) -> caf::result<protocol::blob> {
      return whole();
    },
    std::move(handlers)...,
    [core](tick_atom) { core->tick(); },
  };
}

} // namespace troth::actors
