#include "actors/est.hpp"

#include "shared/protocol/error.hpp"

#include <caf/all.hpp>

#include <utility>
#include <vector>

namespace troth::actors {

namespace {

using namespace protocol;

class est {
public:
  explicit est(est_ports ports) : ports_(std::move(ports)) {
    // nop
  }

  caf::result<enrol_response> enrol(const enrol_request& request) const {
    auto answer = ports_.authority->enrol(request);
    if (!answer) {
      ports_.note("refused to certify a key of " + request.name + ": " + to_string(answer.error()));
      return to_caf(answer.error());
    }
    ports_.note("certified a key of " + request.name);
    return *std::move(answer);
  }

  caf::result<std::vector<metadata_entry>> list() const {
    std::vector<metadata_entry> out;
    if (!ports_.metadata)
      return out;
    if (const auto fresh = ports_.metadata->refresh(); !fresh)
      return to_caf(fresh.error());
    for (const auto& [digest, item] : ports_.metadata->items())
      out.push_back(
        {digest, item.name, std::string{media_type_of(item.encoded_as)}, item.content.size()});
    return out;
  }

  caf::result<payload> give(const std::string& digest, host& through) const {
    if (ports_.metadata) {
      const auto found = ports_.metadata->items().find(digest);
      if (found != ports_.metadata->items().end())
        return through.give(std::string{media_type_of(found->second.encoded_as)},
                            to_blob(found->second.content));
    }
    return to_caf({errc::not_found, "metadata: no item has this digest"});
  }

  readiness ready() const {
    if (ports_.check)
      if (const auto well = ports_.check(); !well)
        return {false, to_string(well.error())};
    if (!ports_.metadata)
      return {true, {}};
    if (const auto fresh = ports_.metadata->refresh(); !fresh)
      return {false, "metadata: " + to_string(fresh.error())};
    return {true, {}};
  }

private:
  est_ports ports_;
};

est_actor::behavior_type behave_as_est(est_actor::pointer self, const host_options& options,
                                       const est_ports& ports) {
  const auto own = std::make_shared<est>(ports);
  const auto hosting = std::make_shared<host>(self, options, ports.random);
  return hosted<est_actor>(
    hosting, [own] { return own->ready(); },
    [own](enrol_atom, const enrol_request& request) { return own->enrol(request); },
    [own](metadata_atom) { return own->list(); },
    [own, hosting](metadata_atom, const std::string& digest) {
      return own->give(digest, *hosting);
    });
}

} // namespace

est_actor spawn_est(caf::actor_system& system, host_options options, est_ports ports) {
  return system.spawn<caf::detached>(behave_as_est, std::move(options), std::move(ports));
}

est_actor spawn_est_shared(caf::actor_system& system, host_options options, est_ports ports) {
  return system.spawn(behave_as_est, std::move(options), std::move(ports));
}

} // namespace troth::actors
