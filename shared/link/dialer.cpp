#include "shared/link/dialer.hpp"

#include "shared/link/address.hpp"
#include "shared/link/socket.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/node_id.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/result.hpp>
#include <caf/sec.hpp>

namespace troth::link {

namespace {

caf::error to_sec(const error& why) {
  const auto code = why.code == errc::malformed ? caf::sec::invalid_argument
                                                : caf::sec::cannot_connect_to_node;
  return caf::make_error(code, why.where);
}

} // namespace

dialer_actor::behavior_type dialer(dialer_actor::pointer self, std::chrono::seconds patience) {
  using dialled = caf::typed_response_promise<caf::strong_actor_ptr, std::set<std::string>>;
  return {
    [](resolve_atom, const std::string& name) -> caf::result<std::vector<std::string>> {
      const auto where = parse_address(name);
      if (!where)
        return to_sec(where.error());
      const auto found = resolve(*where);
      if (!found)
        return to_sec(found.error());
      std::vector<std::string> out;
      for (const auto& one : *found)
        out.push_back(to_string(one));
      return out;
    },
    [self, patience](dial_atom, const std::string& number) -> dialled {
      auto promise = self->make_response_promise<dialled>();
      const auto where = parse_address(number);
      if (!where)
        return promise.deliver(to_sec(where.error()));
      if (const auto listens = probe(*where, patience); !listens)
        return promise.deliver(to_sec(listens.error()));
      self
        ->request(self->system().openssl_manager().actor_handle(), greeting_time,
                  caf::connect_atom_v, where->host, where->port)
        .then(
          [promise, number](const caf::node_id&, caf::strong_actor_ptr& actor,
                            std::set<std::string>& interfaces) mutable {
            if (actor)
              promise.deliver(std::move(actor), std::move(interfaces));
            else
              promise.deliver(
                caf::make_error(caf::sec::no_actor_published_at_port, number + ": no actor"));
          },
          [promise, number](const caf::error& why) mutable {
            promise.deliver(caf::make_error(caf::sec::cannot_connect_to_node,
                                            number + ": " + caf::to_string(why)));
          });
      return promise;
    },
  };
}

} // namespace troth::link
