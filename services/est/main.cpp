// The EST process: certifies attestation keys and TLS keys, hands out metadata, and tells whether
// manifests still are good.

#include "actors/est.hpp"
#include "services/est/key_files.hpp"
#include "services/est/status.hpp"
#include "services/est/tls_keys.hpp"
#include "services/ports.hpp"
#include "services/run.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace troth;

const services::identity who{
  {"est", "Certifies the attestation and TLS keys of machines, and hands out signed metadata.",
   TROTH_VERSION},
  protocol::role::est,
  {protocol::role::driver, protocol::role::prover, protocol::role::gateway},
  {protocol::role::verifier}};

class est_service final : public services::service {
public:
  void define(services::configuration& keys) override {
    keys.add("ekRoots", ek_roots_,
             "PEM files: vendors of TPMs whose keys are certified, roots and intermediates");
    keys.add("akCa.certificate", ca_file_, "PEM file: the CA for attestation keys, its own first");
    keys.add("akCa.key", ca_key_file_, "PEM file: that CA's key");
    keys.add("metadata", metadata_,
             "Folder of signed metadata; empty: only what is added at run time is handed out");
    tls_keys_.define(keys);
    status_.define(keys);
  }

  /// Without a vendor nobody can enrol: then this is no EST server, and does not start as one.
  result<void> prepare(const services::common_options& chosen) override {
    state_ = chosen.state;
    std::vector<crypto::certificate> vendors;
    for (const auto& file : ek_roots_) {
      const auto loaded = services::load_certificates(file);
      if (!loaded)
        return loaded.error();
      vendors.insert(vendors.end(), loaded->begin(), loaded->end());
    }
    if (vendors.empty())
      return error{errc::missing, "ekRoots"};
    if (ca_file_.empty())
      return error{errc::missing, "akCa.certificate"};
    const auto chain = services::load_certificates(ca_file_);
    if (!chain)
      return chain.error();
    const auto key = services::load_key("akCa.key", ca_key_file_);
    if (!key)
      return key.error();
    if (!(chain->front().key() == key->public_half()))
      return error{errc::conflict, "akCa.key: not the key of akCa.certificate"};
    if (!chain->front().is_ca())
      return error{errc::malformed, "akCa.certificate: not a CA's"};
    keys_ = actors::authority_keys{std::move(vendors), *chain, *key};
    if (const auto good = tls_keys_.prepare({chain->front()}, state_); !good)
      return good;
    return status_.prepare();
  }

  std::vector<services::dialled_address> dials() const override { return tls_keys_.dials(); }

  std::size_t threads() const override { return 1; }

  result<void> start(services::node& on) override {
    const auto note = [&on](const std::string& what) { on.log().info("est", {{"what", what}}); };
    actors::est_ports ports;
    ports.authority = std::make_shared<actors::enrolment_authority>(
      keys_.value(), actors::enrolment_registry{state_ / "enrolled"},
      actors::enrolment_authority::ports{services::system_now, services::kernel_random});
    ports.metadata = std::make_shared<actors::metadata_shelf>(
      metadata_.empty() ? std::nullopt : std::optional<std::filesystem::path>{metadata_},
      state_ / "metadata", note);
    ports.random = services::kernel_random;
    ports.note = note;
    if (auto served = status_.start(on); !served)
      return served.error();
    if (status_.is_on())
      ports.check = [this] { return status_.check(); };
    if (tls_keys_.is_on())
      ports.keys = tls_keys_.start(on);
    const auto est = on.keep("est", [&on, ports] {
      return actors::spawn_est(on.system(), on.host_options(), ports);
    });
    if (auto served = tls_keys_.serve(on, est); !served)
      return served.error();
    return on.publish(est);
  }

private:
  std::vector<std::string> ek_roots_;
  std::string ca_file_;
  std::string ca_key_file_;
  std::string metadata_;
  services::tls_key_service tls_keys_;
  services::status_service status_;
  std::filesystem::path state_;
  std::optional<actors::authority_keys> keys_;
};

} // namespace

int main(int argc, char** argv) {
  services::common_options defaults;
  defaults.listen = "unix:///run/troth/est/link.sock";
  defaults.admin = "127.0.0.1:9715";
  est_service est;
  return services::run(argc, argv, who, defaults, est);
}
