#include "actors/driver.hpp"

#include "actors/anchor_keys.hpp"
#include "actors/own_context.hpp"
#include "shared/protocol/error.hpp"
#include "shared/report/report.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

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

/// The driver's work on its anchors, and the certification of their keys.
class driver {
public:
  driver(driver_handle::pointer self, driver_options options, driver_ports ports)
    : self_(self), ports_(std::move(ports)), name_(std::move(options.name)),
      host_(std::make_shared<host>(self, std::move(options.host), ports_.random)) {
    // nop
  }

  const std::shared_ptr<host>& hosting() const { return host_; }

  caf::result<payload> collateral() {
    std::vector<report::collateral> all;
    for (const auto& anchor : ports_.anchors) {
      auto taken = anchor->collateral();
      if (!taken)
        return to_caf(taken.error());
      all.push_back(*std::move(taken));
    }
    return give(report::write_collaterals(all));
  }

  caf::result<payload> evidence(const blob& nonce) {
    std::vector<report::evidence> all;
    for (const auto& anchor : ports_.anchors) {
      auto taken = anchor->evidence(protocol::to_bytes(nonce));
      if (!taken)
        return to_caf(taken.error());
      all.push_back(*std::move(taken));
    }
    return give(report::write_evidences(all));
  }

  caf::result<payload> measure(const blob& container, const request_context& of) {
    const auto read = report::parse_component(protocol::to_bytes(container));
    if (!read)
      return to_caf(read.error());
    const auto event = measure_by_first(*read);
    if (!event) {
      ports_.note("a container was not measured: " + to_string(event.error()), of);
      return to_caf(event.error());
    }
    ports_.note("measured the container " + event->name, of);
    return give(report::write_component(*event));
  }

  caf::result<anchor_key> make_key(const std::string& algorithm) const {
    return answer_of(make_anchor_key(ports_.anchors, algorithm));
  }

  caf::result<key_certification> certify_key(const anchor_key& key, const blob& nonce) const {
    return answer_of(certify_anchor_key(ports_.anchors, key, nonce));
  }

  caf::result<blob> sign(const anchor_key& key, const std::string& hash, const blob& digest) const {
    return answer_of(sign_with_anchor_key(ports_.anchors, key, hash, digest));
  }

  readiness ready() {
    for (const auto& anchor : ports_.anchors)
      if (const auto checked = anchor->check(); !checked)
        return {false, to_string(checked.error()) + (trouble_.empty() ? "" : "; " + trouble_)};
    return {true, {}};
  }

  /// Looks whether a certification is due, and asks for it.
  void certify() {
    is_scheduled_ = false;
    look(device::renewal::when_due, own_context(ports_.random));
  }

  /// Asks for a certification now.
  caf::result<readiness> update(const request_context& of) {
    auto promise = self_->make_response_promise<readiness>();
    updates_.push_back({promise, of});
    look(device::renewal::now, of);
    return promise;
  }

private:
  /// Who waits for the next outcome of a certification.
  struct waiting {
    caf::typed_response_promise<readiness> promise;
    request_context of;
  };

  template <class T>
  static caf::result<T> answer_of(result<T> outcome) {
    if (!outcome)
      return to_caf(outcome.error());
    return *std::move(outcome);
  }

  caf::result<payload> give(const bytes& body) { return host_->give(media_type, to_blob(body)); }

  /// Has the first anchor that keeps a log of containers measure one.
  result<report::component> measure_by_first(const report::component& container) const {
    result<report::component> out = error{errc::unsupported, "driver: no anchor"};
    for (const auto& anchor : ports_.anchors) {
      out = anchor->measure(container);
      if (out || out.error().code != errc::unsupported)
        break;
    }
    return out;
  }

  /// Finds the first anchor that wants its key certified: `asker_`, unless none does.
  result<std::optional<device::certification_request>> find_wanted(device::renewal when) {
    for (const auto& anchor : ports_.anchors) {
      auto wanted = anchor->wanted_certification(when);
      if (wanted && !*wanted)
        continue;
      asker_ = anchor;
      return wanted;
    }
    return std::optional<device::certification_request>{};
  }

  void look(device::renewal when, const request_context& of) {
    if (is_asking_)
      return; // what is under way answers this too
    of_ = of;
    const auto wanted = find_wanted(when);
    if (!wanted)
      return retry(to_string(wanted.error()));
    if (!*wanted)
      return settle();
    if (!ports_.est)
      return retry("no EST server is configured");
    is_asking_ = true;
    const auto& keys = **wanted;
    const enrol_request request{name_, to_blob(keys.ek_certificate), to_blob(keys.ek_public),
                                to_blob(keys.ak_public)};
    self_->request(ports_.est, enrol_time, enrol_atom::value, request, of_)
      .then([this](const enrol_response& answer) { accept(answer); },
            [this](const caf::error& why) {
              is_asking_ = false;
              retry(to_string(from_peer(why, "est")));
            });
  }

  void accept(const enrol_response& answer) {
    is_asking_ = false;
    const auto certified = asker_->certify({protocol::to_bytes(answer.credential_blob),
                                            protocol::to_bytes(answer.encrypted_secret),
                                            protocol::to_bytes(answer.sealed_certificates)});
    if (!certified)
      return retry(to_string(certified.error()));
    ports_.note("the attestation key is certified", of_);
    settle();
  }

  void settle() {
    trouble_.clear();
    pause_ = first_pause;
    conclude(last_pause);
  }

  void retry(const std::string& why) {
    if (trouble_ != why)
      ports_.note("the attestation key is not certified: " + why, of_);
    trouble_ = why;
    conclude(pause_);
    pause_ = std::min(2 * pause_, last_pause);
  }

  /// Tells who asked, and looks again after a pause, if that is not on its way already.
  void conclude(std::chrono::seconds pause) {
    for (auto& each : std::exchange(updates_, {})) {
      host_->tell("update", trouble_.empty() ? "ok" : name(errc::unavailable), each.of);
      each.promise.deliver(readiness{trouble_.empty(), trouble_});
    }
    if (!std::exchange(is_scheduled_, true))
      self_->delayed_send(self_, pause, certify_atom::value);
  }

  driver_handle::pointer self_;
  const driver_ports ports_;
  const std::string name_;
  const std::shared_ptr<host> host_;
  std::chrono::seconds pause_ = first_pause; // before the next try
  std::string trouble_;                      // why the last try failed
  bool is_scheduled_ = false;
  bool is_asking_ = false;
  std::shared_ptr<device::anchor> asker_; // whose key is being certified
  request_context of_;                    // on whose behalf a certification was last looked for
  std::vector<waiting> updates_;
};

driver_handle::behavior_type behave(driver_handle::pointer self, const driver_options& options,
                                    const driver_ports& ports) {
  const auto own = std::make_shared<driver>(self, options, ports);
  self->send(self, certify_atom::value);
  return hosted<driver_handle>(
    own->hosting(), [own] { return own->ready(); },
    [own](collateral_atom, const request_context&) { return own->collateral(); },
    [own](evidence_atom, const blob& nonce, const request_context&) {
      return own->evidence(nonce);
    },
    [own](measure_atom, const blob& container, const request_context& of) {
      return own->measure(container, of);
    },
    [own](update_atom, const request_context& of) { return own->update(of); },
    [own](make_key_atom, const std::string& algorithm, const request_context&) {
      return own->make_key(algorithm);
    },
    [own](certify_key_atom, const anchor_key& key, const blob& nonce, const request_context&) {
      return own->certify_key(key, nonce);
    },
    [own](sign_atom, const anchor_key& key, const std::string& hash, const blob& digest,
          const request_context&) { return own->sign(key, hash, digest); },
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
