#include "actors/est.hpp"

#include "actors/author_name.hpp"
#include "shared/protocol/error.hpp"

#include <caf/all.hpp>

#include <utility>
#include <vector>

namespace troth::actors {

namespace {

using namespace protocol;

const error no_keys{errc::unsupported, "est: certifies no TLS keys"};

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
    for (const auto* const item : ports_.metadata->active())
      out.push_back({item->digest, item->name,
                     std::string{attesting::media_type_of(item->encoded_as)},
                     item->content.size()});
    return out;
  }

  /// Gives an item that is handed out.
  caf::result<payload> give(const std::string& digest, host& through) const {
    if (ports_.metadata && ports_.metadata->is_active(digest))
      return show(digest, through);
    return to_caf({errc::not_found, "metadata: no item has this digest"});
  }

  /// Shows or changes the metadata for who runs the deployment.
  caf::result<payload> manage(metadata_request& asked, host& through) const {
    if (!ports_.metadata)
      return to_caf({errc::unsupported, "metadata: none is handed out here"});
    if (const auto fresh = ports_.metadata->refresh(); !fresh)
      return to_caf(fresh.error());
    if (asked.action == metadata_action::get)
      return show(asked.digest, through);
    if (asked.action != metadata_action::list) {
      const auto done = change(asked, through);
      ports_.note("metadata " + asked.digest + ": " + asked.action + " by "
                  + author_name(asked.author) + ": " + (done ? "ok" : to_string(done.error())));
      if (!done)
        return to_caf(done.error());
    }
    return through.give("application/json", ports_.metadata->list());
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
  caf::result<payload> show(const std::string& digest, host& through) const {
    const auto* const item = ports_.metadata->find(digest);
    if (item == nullptr)
      return to_caf({errc::not_found, "metadata: no item has this digest"});
    return through.give(std::string{attesting::media_type_of(item->encoded_as)},
                        to_blob(item->content));
  }

  result<void> change(metadata_request& asked, host& through) const {
    auto& shelf = *ports_.metadata;
    if (asked.action == metadata_action::activate)
      return shelf.set(asked.digest, metadata_shelf::state::active);
    if (asked.action == metadata_action::deactivate)
      return shelf.set(asked.digest, metadata_shelf::state::aside);
    if (asked.action == metadata_action::erase)
      return shelf.erase(asked.digest);
    if (asked.action != metadata_action::add)
      return error{errc::unsupported, "action: " + asked.action};
    const auto item = through.take(std::move(asked.item));
    return item ? shelf.add(to_bytes(*item)) : item.error();
  }

  est_ports ports_;
};

est_actor::behavior_type behave_as_est(est_actor::pointer self, const host_options& options,
                                       const est_ports& ports) {
  const auto own = std::make_shared<est>(ports);
  const auto hosting = std::make_shared<host>(self, options, ports.random);
  hosting->finishes_when_told();
  const auto keys = ports.keys ? std::make_shared<key_desk>(self, hosting, *ports.keys, ports.note)
                               : nullptr;
  return hosted<est_actor>(
    hosting,
    [own, keys]() -> caf::result<readiness> {
      return keys ? keys->ready(own->ready()) : own->ready();
    },
    [own](enrol_atom, const enrol_request& request, const request_context&) {
      return own->enrol(request);
    },
    [keys](challenge_atom, const request_context&) -> caf::result<challenge> {
      return keys ? keys->challenge() : to_caf(no_keys);
    },
    [keys](enrol_atom, key_enrol_request& request, const request_context& of)
      -> caf::result<payload> { return keys ? keys->enrol(request, of) : to_caf(no_keys); },
    [keys](ca_atom, const request_context&) -> caf::result<payload> {
      return keys ? keys->ca() : to_caf(no_keys);
    },
    [own](metadata_atom, const request_context&) { return own->list(); },
    [own, hosting](metadata_atom, const std::string& digest, const request_context&) {
      return own->give(digest, *hosting);
    },
    [own, hosting](metadata_atom, metadata_request& asked, const request_context&) {
      return own->manage(asked, *hosting);
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
