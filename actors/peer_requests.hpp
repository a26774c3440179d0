#pragma once

#include "actors/peer_connection.hpp"
#include "shared/protocol/deadline.hpp"

#include <chrono>

namespace troth::actors {

/// Asks the processes behind a peer actor.
template <class Handle>
class peer_requests : public peer_connection<Handle> {
public:
  using super = peer_connection<Handle>;
  using super::super;

  /// A promise of the answer and, if somebody can be asked, a ticket for the request.
  template <class Answer>
  struct started {
    caf::typed_response_promise<Answer> promise;
    std::optional<std::uint64_t> ticket;
  };

  /// Picks whom to ask what this actor was just asked.
  /// @param deadline_ms Unix time; 0: as long as the options say.
  template <class Answer>
  started<Answer> start(std::uint64_t deadline_ms = 0) {
    auto promise = self_->template make_response_promise<Answer>();
    const auto refuse = [&](errc code, const std::string& why) {
      promise.deliver(protocol::to_caf({code, options_.name + ": " + why}));
      return started<Answer>{promise, std::nullopt};
    };
    if (requests_.size() >= options_.max_requests)
      return refuse(errc::exhausted, "too many requests");
    const auto time = protocol::time_left(deadline_ms, ports_.now(), options_.request_time);
    if (time <= time.zero())
      return refuse(errc::timeout, "the deadline has passed");
    const auto address = table_.begin();
    if (!address)
      return refuse(errc::unavailable, "none is connected");
    const auto ticket = ++last_ticket_;
    requests_[ticket] = {*address, handles_.at(*address), promise, self_->clock().now() + time};
    return {promise, ticket};
  }

  /// Sends a started request, and its answer to whoever asked.
  template <class Answer, class... Ts>
  void send(std::uint64_t ticket, const Ts&... xs) {
    step<Answer>(
      ticket, [this, ticket](Answer& answer) { finish(ticket, std::move(answer)); }, xs...);
  }

  template <class Answer, class... Ts>
  caf::typed_response_promise<Answer> ask(std::uint64_t deadline_ms, const Ts&... xs) {
    const auto begun = this->template start<Answer>(deadline_ms);
    if (begun.ticket)
      this->template send<Answer>(*begun.ticket, xs...);
    return begun.promise;
  }

  /// Puts a body that does not fit into one message, then calls `then` with what refers to it.
  template <class Then>
  void upload(std::uint64_t ticket, protocol::payload&& body, Then then) {
    body.size_bytes = body.body.size();
    if (body.size_bytes <= protocol::max_chunk_bytes)
      return then(std::move(body));
    const auto id = ports_.random(transfer_id_bytes);
    if (!id)
      return fail(ticket, protocol::to_caf(id.error()));
    body.transfer = hex(*id);
    put(ticket, std::make_shared<protocol::payload>(std::move(body)), 0, std::move(then));
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
  void step(std::uint64_t ticket, Then then, const Ts&... xs) {
    const auto at = requests_.find(ticket);
    if (at == requests_.end())
      return; // lost meanwhile, and answered
    const auto left = at->second.until - self_->clock().now();
    self_->request(at->second.to, std::max(left, left.zero()), xs...)
      .then(std::move(then), [this, ticket](const caf::error& why) { fail(ticket, why); });
  }

  template <class Then>
  void put(std::uint64_t ticket, std::shared_ptr<protocol::payload> body, std::size_t offset,
           Then then) {
    if (offset == body->body.size()) {
      body->body.clear();
      return then(std::move(*body));
    }
    const protocol::chunk part{body->transfer, offset, body->size_bytes,
                               body->body.substr(offset, protocol::max_chunk_bytes)};
    const auto next = offset + part.body.size();
    step<void>(
      ticket, [=, this]() { put(ticket, body, next, then); }, protocol::put_atom_v, part);
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
    const auto why = protocol::from_peer(what, options_.name);
    failed->promise.deliver(protocol::to_caf(why));
    if (why.code == errc::timeout && !protocol::from_caf(what))
      this->suspect(failed->address);
  }

  std::uint64_t last_ticket_ = 0;
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
