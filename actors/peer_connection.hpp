#pragma once

#include "actors/peer.hpp"
#include "actors/peer_table.hpp"
#include "shared/base/hex.hpp"
#include "shared/protocol/error.hpp"
#include "shared/protocol/untouched.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace troth::actors {

using tick_atom = caf::atom_constant<caf::atom("tick")>;

/// Whether another process is asked where one went without an answer: once, if what is asked
/// changes nothing, or comes to the same when it is done twice.
enum class repeats : std::uint8_t { never, once };

/// What a process that went without an answer has done of what it was asked.
enum class progress : std::uint8_t { unknown, untouched };

/// The connections of one peer actor: which processes it knows, and the requests that wait for
/// their answers. `peer_requests.hpp` is the other half.
template <class Handle>
class peer_connection {
public:
  using self_handle = typename Handle::template extend<caf::reacts_to<tick_atom>>;
  using pointer = typename self_handle::pointer;
  using clock_time = peer_table::time_point;

  peer_connection(pointer self, const peer_options& options, const peer_ports& ports)
    : self_(self), options_(options), ports_(ports), table_(options.addresses, ports.jitter) {
    self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  }

  /// Does what is due.
  void tick() {
    next_tick_.reset();
    const auto now = self_->clock().now();
    for (const auto& name : table_.names_due(now))
      resolve(name);
    for (const auto& address : table_.addresses_due(now))
      dial(address);
    schedule();
  }

protected:
  /// A request under way.
  struct request {
    std::string address;
    Handle to;
    caf::response_promise promise;
    clock_time until;
    std::function<void(std::uint64_t)> attempt; // asks, under a ticket
    repeats how;
  };

  /// Notes a request. @returns its ticket.
  std::uint64_t enter(request what) {
    requests_[++last_ticket_] = std::move(what);
    return last_ticket_;
  }

  /// Asks another process what a process that went, or is going, did not answer.
  /// @returns whether it may be asked, and there is one.
  bool repeat(request& lost, progress so_far) {
    const auto may_be = so_far == progress::untouched || lost.how == repeats::once;
    const auto address = may_be ? table_.begin(lost.address) : std::nullopt;
    if (!address)
      return false;
    const auto attempt = lost.attempt;
    const auto how = so_far == progress::untouched ? lost.how : repeats::never;
    attempt(
      enter({*address, handles_.at(*address), std::move(lost.promise), lost.until, attempt, how}));
    return true;
  }

  /// Asks another process what one did not answer, or says that it was lost.
  void repeat_or_fail(request& lost, progress so_far) {
    if (repeat(lost, so_far))
      return;
    const auto why = so_far == progress::untouched ? std::string{"none is connected"}
                                                   : lost.address + " was lost";
    lost.promise.deliver(protocol::to_caf({errc::unavailable, options_.name + ": " + why}));
  }

  /// Takes a request off the list: for its answer, or its failure, whichever comes first.
  std::optional<request> take(std::uint64_t ticket) {
    const auto at = requests_.find(ticket);
    if (at == requests_.end())
      return std::nullopt;
    auto out = std::move(at->second);
    requests_.erase(at);
    table_.end(out.address);
    return out;
  }

  /// Takes a process that does not answer out until it says hello again.
  void suspect(const std::string& address) {
    if (handles_.erase(address) > 0)
      set_back(peer_event::lost, address, "no answer in time");
  }

  const pointer self_;
  const peer_options options_;
  const peer_ports ports_;
  peer_table table_;
  std::map<std::string, Handle> handles_; // of the connected, by address
  std::map<std::uint64_t, request> requests_;

private:
  void resolve(const std::string& name) {
    self_->request(ports_.dialer, link::resolve_patience, link::resolve_atom::value, name)
      .then(
        [this, name](const std::vector<std::string>& addresses) {
          table_.resolved(name, addresses, self_->clock().now());
          schedule();
        },
        [this, name](const caf::error& why) {
          table_.not_resolved(name, protocol::from_peer(why, options_.name).where,
                              self_->clock().now());
          ports_.report(peer_event::failed, name, protocol::from_peer(why, options_.name).where,
                        table_.connections());
          schedule();
        });
  }

  void dial(const std::string& address) {
    self_
      ->request(ports_.dialer, link::dial_patience, link::dial_atom::value, address,
                table_.name_of(address), options_.role)
      .then(
        [this, address](const caf::strong_actor_ptr& found,
                        const std::set<std::string>& interfaces) {
          if (self_->system().template assignable<Handle>(interfaces))
            greet(address, caf::actor_cast<Handle>(found));
          else
            set_back(peer_event::refused, address, "another interface than of " + options_.role);
        },
        [this, address](const caf::error& why) {
          set_back(peer_event::failed, address, protocol::from_peer(why, options_.role).where);
        });
  }

  void greet(const std::string& address, const Handle& remote) {
    self_->request(remote, link::greeting_time, options_.ours)
      .then(
        [this, address, remote](const protocol::hello& theirs) {
          if (theirs.role != options_.role || theirs.major != protocol::protocol_major)
            set_back(peer_event::refused, address,
                     theirs.name + " is " + theirs.role + " of protocol "
                       + std::to_string(theirs.major) + ", expected " + options_.role + " of "
                       + std::to_string(protocol::protocol_major));
          else
            admit(address, remote, theirs);
        },
        [this, address](const caf::error& what) {
          const auto why = protocol::from_peer(what, options_.role);
          set_back(blames_input(why.code) ? peer_event::refused : peer_event::failed, address,
                   to_string(why));
        });
  }

  void admit(const std::string& address, const Handle& remote, const protocol::hello& theirs) {
    self_->monitor(remote);
    handles_[address] = remote;
    table_.connected(address);
    ports_.report(peer_event::connected, address, theirs.name + ", " + theirs.build,
                  table_.connections());
    schedule();
  }

  /// Notes that `address` is not connected, and why.
  void set_back(peer_event what, const std::string& address, const std::string& why) {
    const auto now = self_->clock().now();
    if (what == peer_event::refused)
      table_.refused(address, why, now);
    else
      table_.failed(address, why, now);
    ports_.report(what, address, why, table_.connections());
    schedule();
  }

  void on_down(const caf::down_msg& down) {
    const auto is_clean = protocol::is_untouched(down.reason);
    std::vector<std::uint64_t> gone;
    for (const auto& [ticket, one] : requests_)
      if (one.to.address() == down.source)
        gone.push_back(ticket);
    std::vector<std::string> addresses;
    for (const auto& [address, remote] : handles_)
      if (remote.address() == down.source)
        addresses.push_back(address);
    for (const auto& address : addresses) {
      handles_.erase(address);
      set_back(peer_event::lost, address, is_clean ? "it stopped" : "connection lost");
    }
    for (const auto ticket : gone)
      if (auto lost = take(ticket))
        repeat_or_fail(*lost, is_clean ? progress::untouched : progress::unknown);
  }

  void schedule() {
    const auto due = table_.next_due();
    if (!due || (next_tick_ && *next_tick_ <= *due))
      return;
    next_tick_ = due;
    const auto left = *due - self_->clock().now();
    if (left <= left.zero())
      self_->send(self_, tick_atom::value);
    else
      self_->delayed_send(self_, left, tick_atom::value);
  }

  std::optional<clock_time> next_tick_;
  std::uint64_t last_ticket_ = 0;
};

} // namespace troth::actors
