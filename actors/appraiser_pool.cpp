#include "actors/appraiser_pool.hpp"

#include "shared/protocol/error.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace troth::actors {

namespace {

using pooled_promise = caf::typed_response_promise<protocol::payload>;

class pool {
public:
  pool(appraiser_actor::pointer self, const appraiser_pool_options& options,
       const appraiser_pool_ports& ports)
    : self_(self), options_(options), ports_(ports), limit_(options.restarts) {
    for (std::size_t n = 0; n < options.workers; ++n)
      workers_.push_back(start());
    self->set_down_handler([this](const caf::down_msg& down) { replace(down); });
  }
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  /// Its workers end with it. What is attached to an actor runs too late for that: its behavior,
  /// and this with it, is gone by then.
  ~pool() {
    for (const auto& one : workers_)
      caf::anon_send_exit(one.actor, caf::exit_reason::kill);
  }

  pooled_promise appraise(protocol::appraise_atom what, protocol::appraisal_request&& request,
                          const protocol::request_context& of, const protocol::blob& nonce) {
    auto answer = self_->make_response_promise<protocol::payload>();
    const auto at = std::min_element(workers_.begin(), workers_.end(),
                                     [](const worker& a, const worker& b) {
                                       return a.waiting.size() < b.waiting.size();
                                     });
    if (at->waiting.size() >= options_.max_waiting)
      return answer.deliver(protocol::to_caf({errc::exhausted, "appraisals: too many wait"}));
    const auto index = static_cast<std::size_t>(at - workers_.begin());
    const auto ticket = ++last_ticket_;
    at->waiting.emplace(ticket, answer);
    self_->request(at->actor, caf::infinite, what, std::move(request), of, nonce)
      .then(
        [=, this](protocol::payload& result) {
          if (auto due = take(index, ticket))
            due->deliver(std::move(result));
        },
        [=, this](const caf::error& why) {
          if (auto due = take(index, ticket))
            due->deliver(protocol::to_caf(protocol::from_peer(why, "appraiser")));
        });
    return answer;
  }

private:
  struct worker {
    appraiser_actor actor;
    std::map<std::uint64_t, pooled_promise> waiting{};
  };

  worker start() {
    worker made{ports_.spawn(self_->system())};
    self_->monitor(made.actor);
    return made;
  }

  std::optional<pooled_promise> take(std::size_t index, std::uint64_t ticket) {
    auto& waiting = workers_[index].waiting;
    const auto at = waiting.find(ticket);
    if (at == waiting.end())
      return std::nullopt;
    auto out = std::move(at->second);
    waiting.erase(at);
    return out;
  }

  void replace(const caf::down_msg& down) {
    const auto at = std::find_if(workers_.begin(), workers_.end(), [&](const worker& one) {
      return one.actor.address() == down.source;
    });
    if (at == workers_.end())
      return;
    for (auto [ticket, answer] : std::exchange(at->waiting, {}))
      answer.deliver(protocol::to_caf({errc::internal, "appraiser: died"}));
    if (!limit_.allows_another(self_->clock().now()))
      return self_->quit(down.reason);
    *at = start();
    ports_.restarted(down.reason);
  }

  const appraiser_actor::pointer self_;
  const appraiser_pool_options options_;
  const appraiser_pool_ports ports_;
  restart_limit limit_;
  std::vector<worker> workers_;
  std::uint64_t last_ticket_ = 0;
};

} // namespace

appraiser_actor::behavior_type appraiser_pool(appraiser_actor::pointer self,
                                              const appraiser_pool_options& options,
                                              const appraiser_pool_ports& ports) {
  const auto core = std::make_shared<pool>(self, options, ports);
  return {
    [core](protocol::appraise_atom what, protocol::appraisal_request& request,
           const protocol::request_context& of, const protocol::blob& nonce) {
      return core->appraise(what, std::move(request), of, nonce);
    },
  };
}

} // namespace troth::actors
