#include "actors/driver.hpp"

#include "shared/protocol/error.hpp"
#include "shared/report/report.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace troth::actors {

namespace {

using namespace protocol;
using namespace std::chrono_literals;

using certify_atom = caf::atom_constant<caf::atom("certify")>;
using driver_handle = driver_actor::extend<caf::reacts_to<certify_atom>>;

constexpr std::chrono::seconds first_pause{1};
constexpr std::chrono::seconds last_pause{15}; // also between looks whether all is still well
constexpr std::chrono::seconds enrol_time{30};
constexpr const char* media_type = "application/cbor";

/// The driver's work on its anchor, and the certification of the anchor's key.
class driver {
public:
  driver(driver_handle::pointer self, driver_options options, driver_ports ports)
    : self_(self), ports_(std::move(ports)), name_(std::move(options.name)),
      host_(std::make_shared<host>(self, std::move(options.host), ports_.random)) {
    // nop
  }

  const std::shared_ptr<host>& hosting() const { return host_; }

  caf::result<payload> collateral() {
    auto taken = ports_.anchor->collateral();
    if (!taken)
      return to_caf(taken.error());
    return give(report::write_collaterals(std::array{*std::move(taken)}));
  }

  caf::result<payload> evidence(const blob& nonce) {
    auto taken = ports_.anchor->evidence(protocol::to_bytes(nonce));
    if (!taken)
      return to_caf(taken.error());
    return give(report::write_evidences(std::array{*std::move(taken)}));
  }

  readiness ready() {
    const auto checked = ports_.anchor->check();
    if (checked)
      return {true, {}};
    return {false, to_string(checked.error()) + (trouble_.empty() ? "" : "; " + trouble_)};
  }

  /// Looks whether a certification is due, and asks for it.
  void certify() {
    const auto wanted = ports_.anchor->wanted_certification();
    if (!wanted)
      return retry(to_string(wanted.error()));
    if (!*wanted)
      return settle();
    if (!ports_.est)
      return retry("no EST server is configured");
    const auto& keys = **wanted;
    const enrol_request request{name_, to_blob(keys.ek_certificate), to_blob(keys.ek_public),
                                to_blob(keys.ak_public)};
    self_->request(ports_.est, enrol_time, enrol_atom::value, request)
      .then([this](const enrol_response& answer) { accept(answer); },
            [this](const caf::error& why) { retry(to_string(from_peer(why, "est"))); });
  }

private:
  caf::result<payload> give(const bytes& body) { return host_->give(media_type, to_blob(body)); }

  void accept(const enrol_response& answer) {
    const auto certified = ports_.anchor->certify({protocol::to_bytes(answer.credential_blob),
                                                   protocol::to_bytes(answer.encrypted_secret),
                                                   protocol::to_bytes(answer.sealed_certificates)});
    if (!certified)
      return retry(to_string(certified.error()));
    ports_.note("the attestation key is certified");
    settle();
  }

  void settle() {
    trouble_.clear();
    pause_ = first_pause;
    self_->delayed_send(self_, last_pause, certify_atom::value);
  }

  void retry(const std::string& why) {
    if (trouble_ != why)
      ports_.note("the attestation key is not certified: " + why);
    trouble_ = why;
    self_->delayed_send(self_, pause_, certify_atom::value);
    pause_ = std::min(2 * pause_, last_pause);
  }

  driver_handle::pointer self_;
  const driver_ports ports_;
  const std::string name_;
  const std::shared_ptr<host> host_;
  std::chrono::seconds pause_ = first_pause; // before the next try
  std::string trouble_;                      // why the last try failed
};

driver_handle::behavior_type behave(driver_handle::pointer self, const driver_options& options,
                                    const driver_ports& ports) {
  const auto own = std::make_shared<driver>(self, options, ports);
  self->send(self, certify_atom::value);
  return hosted<driver_handle>(
    own->hosting(), [own] { return own->ready(); },
    [own](collateral_atom) { return own->collateral(); },
    [own](evidence_atom, const blob& nonce) { return own->evidence(nonce); },
    [own](certify_atom) { own->certify(); });
}

} // namespace

driver_actor spawn_driver(caf::actor_system& system, driver_options options, driver_ports ports) {
  return system.spawn<caf::detached>(behave, std::move(options), std::move(ports));
}

driver_actor spawn_driver_shared(caf::actor_system& system, driver_options options,
                                 driver_ports ports) {
  return system.spawn(behave, std::move(options), std::move(ports));
}

} // namespace troth::actors
