#include "services/est/tls_keys.hpp"

#include "services/est/enrolment_routes.hpp"
#include "services/est/key_files.hpp"
#include "services/http/site.hpp"
#include "services/ports.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace troth::services {

void tls_key_service::define(configuration& keys) {
  keys.add("tlsKeys.ca.certificate", certificate_,
           "PEM file: the CA for TLS keys of machines, its own first; empty: none are certified");
  keys.add("tlsKeys.ca.key", key_, "PEM file: that CA's key");
  keys.add("tlsKeys.verifiers", verifiers_,
           "Verifiers, one of which appraises the report of who enrols; a name stands for all its "
           "addresses");
  keys.add("tlsKeys.policy", policy_, "The policy they apply; empty: their default");
  keys.add("tlsKeys.acceptWarnings", accepts_warnings_,
           "Whether a report that passes with a warning will do");
  keys.add("tlsKeys.softwareKeys", takes_software_keys_,
           "Whether keys in files are certified, too, not only those in TPMs");
  keys.add(
    "tlsKeys.names", names_,
    "Host names to certify: exact, *.NAME for one more label, {machine} for the machine's own "
    "name if it has no dot");
  keys.add("tlsKeys.addresses", addresses_,
           "Addresses to certify: ADDRESS or ADDRESS/BITS each; none: no addresses");
  keys.add("tlsKeys.lifetimeSeconds", lifetime_seconds_, {60, 31'536'000},
           "How long a certificate is valid, the CA at most");
  keys.add("tlsKeys.listen", listen_,
           "HOST:PORT where machines may enrol by EST, too, and get the CA's certificates; empty: "
           "nowhere");
  keys.add("tlsKeys.tls.certificate", tls_.certificate, "PEM file: its certificate for HTTPS");
  keys.add("tlsKeys.tls.key", tls_.key, "PEM file: its key");
}

result<actors::key_ca>
tls_key_service::load_ca(const std::vector<crypto::certificate>& ak_cas) const {
  const auto chain = load_certificates(certificate_);
  if (!chain)
    return chain.error();
  const auto key = load_key("tlsKeys.ca.key", key_);
  if (!key)
    return key.error();
  if (!(chain->front().key() == key->public_half()))
    return error{errc::conflict, "tlsKeys.ca.key: not the key of tlsKeys.ca.certificate"};
  if (!chain->front().is_ca())
    return error{errc::malformed, "tlsKeys.ca.certificate: not a CA's"};
  return actors::key_ca{*chain, *key, ak_cas};
}

result<void> tls_key_service::check_door() const {
  if (listen_.empty())
    return {};
  if (tls_.certificate.empty())
    return error{errc::missing, "tlsKeys.tls.certificate"};
  if (const auto at = read_address("tlsKeys.listen", listen_); !at)
    return at.error();
  return {};
}

result<void> tls_key_service::prepare(const std::vector<crypto::certificate>& ak_cas,
                                      const std::filesystem::path& state) {
  if (certificate_.empty() && key_.empty() && verifiers_.empty() && listen_.empty())
    return {};
  if (certificate_.empty())
    return error{errc::missing, "tlsKeys.ca.certificate"};
  if (verifiers_.empty())
    return error{errc::missing, "tlsKeys.verifiers"};
  if (const auto good = check_door(); !good)
    return good;
  auto ca = load_ca(ak_cas);
  if (!ca)
    return ca.error();
  auto names = endorsement::key_names::make(names_, addresses_);
  if (!names)
    return error{names.error().code, "tlsKeys." + names.error().where};
  actors::key_rules rules{*std::move(names)};
  rules.wanted = accepts_warnings_ ? appraisal::wanted_verdict::success_or_warning
                                   : appraisal::wanted_verdict::success;
  rules.takes_software_keys = takes_software_keys_;
  rules.life = std::chrono::seconds{lifetime_seconds_};
  authority_ = std::make_shared<actors::key_authority>(
    *std::move(ca), std::move(rules), actors::issued_keys{state / "tls-keys"},
    actors::key_authority::ports{system_now, kernel_random});
  return {};
}

std::vector<dialled_address> tls_key_service::dials() const {
  std::vector<dialled_address> out;
  for (const auto& address : verifiers_)
    out.push_back({"tlsKeys.verifiers", address});
  return out;
}

actors::key_desk_ports tls_key_service::start(node& on) const {
  actors::key_desk_ports out;
  out.authority = authority_;
  out.verifier = on.keep("verifiers", [&on, verifiers = verifiers_] {
    return actors::spawn_verifier_peer(
      on.system(), on.peer_options("verifiers", verifiers, protocol::role::verifier),
      on.peer_ports("verifiers"));
  });
  out.policy = policy_;
  out.now = system_now;
  return out;
}

result<void> tls_key_service::serve(node& on, const protocol::est_actor& est) const {
  if (listen_.empty())
    return {};
  constexpr std::size_t max_connections = 256;
  const auto what = std::make_shared<http::site>();
  what->routes = enrolment_routes({on.actors(), est, on.chosen().max_report_bytes});
  what->allowed.max_connections = max_connections;
  const auto where = on.serve("tlsKeys.listen", listen_, tls_, what, 1);
  if (!where)
    return where.error();
  on.log().info("tlsKeys.listening", {{"address", to_string(*where)}});
  return {};
}

} // namespace troth::services
