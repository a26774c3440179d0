// The prover process: asks its drivers, and makes reports.

#include "actors/prover.hpp"
#include "services/ports.hpp"
#include "services/run.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace troth;

const services::identity who{
  {"prover", "Makes attestation reports of what its drivers say and its metadata.", TROTH_VERSION},
  protocol::role::prover,
  {protocol::role::gateway},
  {protocol::role::driver, protocol::role::est}};

class prover_service final : public services::service {
public:
  void define(services::configuration& keys) override {
    keys.add("drivers", drivers_, "Address of each driver; one process behind each");
    keys.add("optionalDrivers", optional_, "Drivers without which a report is made all the same");
    keys.add("est", est_, "Address of who has the metadata; empty: what the cache has");
    keys.add("refreshSeconds", refresh_seconds_, {1, 86'400}, "Between two looks for metadata");
    keys.add("patienceSeconds", patience_seconds_, {0, 600},
             "How long a needed driver may be away while a report waits for it");
    keys.add("attestSeconds", attest_seconds_, {1, 600}, "Longest time to make a report");
  }

  result<void> prepare(const services::common_options& chosen) override {
    if (drivers_.empty() && optional_.empty())
      return error{errc::missing, "drivers"};
    state_ = chosen.state;
    return {};
  }

  std::vector<services::dialled_address> dials() const override {
    std::vector<services::dialled_address> out;
    for (const auto& one : drivers_)
      out.push_back({"drivers", one});
    for (const auto& one : optional_)
      out.push_back({"optionalDrivers", one});
    if (!est_.empty())
      out.push_back({"est", est_});
    return out;
  }

  std::size_t threads() const override { return 1; }

  result<void> start(services::node& on) override {
    const auto note = [&on](const std::string& what) {
      on.log().warning("prover", {{"what", what}});
    };
    actors::prover_ports ports;
    for (const auto& address : drivers_)
      ports.drivers.push_back(make_driver(on, address, false, ports.drivers.size()));
    for (const auto& address : optional_)
      ports.drivers.push_back(make_driver(on, address, true, ports.drivers.size()));
    if (!est_.empty())
      ports.est = on.keep("est peer", [&on, est = est_] {
        return actors::spawn_est_peer(on.system(),
                                      on.peer_options("est", {est}, protocol::role::est),
                                      on.peer_ports("est"));
      });
    ports.cache = std::make_shared<actors::metadata_cache>(state_ / "metadata", note);
    ports.now = services::system_now;
    ports.random = services::kernel_random;
    ports.note = note;
    actors::prover_options options;
    options.host = on.host_options();
    options.name = on.chosen().name;
    options.time = std::chrono::seconds{attest_seconds_};
    options.patience = std::chrono::seconds{patience_seconds_};
    options.refresh_pause = std::chrono::seconds{refresh_seconds_};
    return on.publish(on.keep("prover", [&on, options, ports] {
      return actors::spawn_prover(on.system(), options, ports);
    }));
  }

private:
  static actors::prover_driver make_driver(services::node& on, const std::string& address,
                                           bool is_optional, std::size_t number) {
    const auto name = "driver-" + std::to_string(number);
    const auto peer = on.keep(name.c_str(), [&on, name, address] {
      return actors::spawn_driver_peer(on.system(),
                                       on.peer_options(name, {address}, protocol::role::driver),
                                       on.peer_ports(name));
    });
    return {"driver " + address, peer, is_optional};
  }

  std::vector<std::string> drivers_;
  std::vector<std::string> optional_;
  std::string est_;
  std::uint64_t refresh_seconds_ = 30;
  std::uint64_t patience_seconds_ = 5;
  std::uint64_t attest_seconds_ = 30;
  std::filesystem::path state_;
};

} // namespace

int main(int argc, char** argv) {
  services::common_options defaults;
  defaults.listen = "unix:///run/troth/prover/link.sock";
  defaults.admin = "127.0.0.1:9713";
  prover_service prover;
  return services::run(argc, argv, who, defaults, prover);
}
