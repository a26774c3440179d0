#include "shared/link/dialer.hpp"

#include "shared/link/transport_parts.hpp"

#include <caf/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>

#include <map>
#include <memory>
#include <utility>

namespace troth::link {

namespace {

using addresses = std::vector<std::string>;
using dialled = caf::typed_response_promise<caf::strong_actor_ptr, std::set<std::string>>;

/// What came of a call, from the thread that dialled. Never leaves the process.
struct call_result {
  std::uint64_t ticket;
  std::shared_ptr<result<established>> outcome;
};

} // namespace

} // namespace troth::link

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troth::link::call_result)

namespace troth::link {

namespace {

using self_actor = dialer_actor::extend<caf::reacts_to<call_result>>;

caf::error to_sec(const error& why) {
  const auto code = why.code == errc::malformed || why.code == errc::too_large
                      ? caf::sec::invalid_argument
                      : caf::sec::cannot_connect_to_node;
  return caf::make_error(code, why.where);
}

caf::result<addresses> look_up(const endpoint& where) {
  if (where.is_local())
    return addresses{to_string(where)};
  const auto found = resolve(where.at);
  if (!found)
    return to_sec(found.error());
  addresses out;
  for (const auto& one : *found)
    out.push_back(to_string(endpoint{{}, one}));
  return out;
}

/// Looks one name up in a thread of its own: the system's resolver may take its time.
caf::result<addresses> resolve_name(self_actor::pointer self, const std::string& name) {
  const auto where = parse_endpoint(name);
  if (!where)
    return to_sec(where.error());
  if (where->is_local())
    return look_up(*where);
  // With an argument: CAF 0.17.6 refers to null where an actor's function has none.
  const auto worker = self->spawn<caf::detached>(
    [](caf::event_based_actor* own, const std::string& host) -> caf::behavior {
      return {[own, host](std::uint16_t port) {
        own->quit();
        return look_up({{}, {host, port}});
      }};
    },
    where->at.host);
  auto promise = self->make_response_promise<caf::typed_response_promise<addresses>>();
  self->request(worker, caf::infinite, where->at.port)
    .then([promise](addresses& found) mutable { promise.deliver(std::move(found)); },
          [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

/// The calls of one dialer.
class switchboard {
public:
  switchboard(self_actor::pointer self, dial_function dial,
              std::function<caf::io::scribe_ptr(established&&)> make)
    : self_(self), dial_(std::move(dial)), make_(std::move(make)),
      broker_(self->system().middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"))) {
    // nop
  }

  dialled call(const std::string& where, const std::string& name, const std::string& role) {
    auto promise = self_->make_response_promise<dialled>();
    const auto at = parse_endpoint(where);
    const auto named = parse_endpoint(name);
    if (!at || !named)
      return promise.deliver(to_sec((at ? named : at).error()));
    const auto ticket = ++last_ticket_;
    calls_.emplace(ticket, open_call{promise, where});
    const auto self = caf::actor_cast<caf::actor_addr>(self_);
    dial_(*at, named->at.host, role, [self, ticket](result<established> outcome) {
      if (const auto me = caf::actor_cast<caf::actor>(self))
        caf::anon_send(me, call_result{ticket,
                                       std::make_shared<result<established>>(std::move(outcome))});
    });
    return promise;
  }

  void go_on(const call_result& came) {
    auto found = calls_.extract(came.ticket);
    if (found.empty())
      return;
    auto [promise, where] = std::move(found.mapped());
    if (!*came.outcome) {
      promise.deliver(to_sec(came.outcome->error()));
      return;
    }
    auto scribe = make_(*std::move(*came.outcome));
    // Without limit here: a peer that does not go on to greet is cut by the reception.
    self_->request(broker_, caf::infinite, caf::connect_atom_v, std::move(scribe), std::uint16_t{0})
      .then(
        [promise = promise, where = where](const caf::node_id&, caf::strong_actor_ptr& actor,
                                           std::set<std::string>& interfaces) mutable {
          if (actor)
            promise.deliver(std::move(actor), std::move(interfaces));
          else
            promise.deliver(
              caf::make_error(caf::sec::no_actor_published_at_port, where + ": no actor"));
        },
        [promise = promise, where = where](const caf::error& why) mutable {
          promise.deliver(
            caf::make_error(caf::sec::cannot_connect_to_node, where + ": " + caf::to_string(why)));
        });
  }

private:
  struct open_call {
    dialled promise;
    std::string where;
  };

  const self_actor::pointer self_;
  const dial_function dial_;
  const std::function<caf::io::scribe_ptr(established&&)> make_;
  const caf::actor broker_;
  std::map<std::uint64_t, open_call> calls_;
  std::uint64_t last_ticket_ = 0;
};

self_actor::behavior_type dialer(self_actor::pointer self, const dial_function& dial,
                                 const std::function<caf::io::scribe_ptr(established&&)>& make) {
  const auto core = std::make_shared<switchboard>(self, dial, make);
  return {
    [self](resolve_atom, const std::string& name) { return resolve_name(self, name); },
    [core](dial_atom, const std::string& where, const std::string& name, const std::string& role) {
      return core->call(where, name, role);
    },
    [core](const call_result& came) { core->go_on(came); },
  };
}

} // namespace

dialer_actor spawn_dialer(caf::actor_system& system, dial_function dial,
                          std::function<caf::io::scribe_ptr(established&&)> make) {
  return system.spawn(dialer, std::move(dial), std::move(make));
}

} // namespace troth::link
