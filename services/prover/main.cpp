// The prover process: asks its drivers, and makes reports.

#include "actors/prover.hpp"
#include "services/http/trace.hpp"
#include "services/ports.hpp"
#include "services/run.hpp"
#include "shared/collateral/http_get.hpp"
#include "shared/files/claim.hpp"
#include "shared/report/omsp.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace troth;

constexpr std::chrono::seconds status_patience{20};
constexpr std::chrono::seconds driver_patience{120}; // a TPM may look for primes for a minute

/// Asks a status server. It is one of few, and asked seldom: no connection is kept.
result<bytes> ask_status_server(const std::string& url, byte_view request,
                                const protocol::request_context& of) {
  const auto post = collateral::open_http_post(url, status_patience);
  if (!post)
    return post.error();
  const auto as = request.front() == '{' ? report::encoding::json : report::encoding::cbor;
  auto answer = (*post)(std::string{report::status_media_type(as)}, request, of.trace);
  if (!answer)
    return answer.error();
  constexpr int ok = 200;
  if (answer->status != ok)
    return error{errc::unavailable, "answered with status " + std::to_string(answer->status)};
  return std::move(answer->body);
}

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
    keys.add("containerDriver", container_driver_,
             "Which of the drivers measures containers; empty: none does");
    keys.add("est", est_, "Address of who has the metadata; empty: what the cache has");
    keys.add("refreshSeconds", refresh_seconds_, {1, 86'400}, "Between two looks for metadata");
    keys.add("statusServers", status_servers_,
             "URLs of servers that may be asked whether manifests that name them still are good");
    keys.add("patienceSeconds", patience_seconds_, {0, 600},
             "How long a needed driver may be away while a report waits for it");
    keys.add("keys.driver", key_driver_,
             "Which of the drivers makes TLS keys in its TPM; empty: the first that is needed");
    keys.add("keys.max", max_keys_, {1, 4096}, "TLS keys of all callers together");
    keys.add("attestSeconds", attest_seconds_, {1, 600}, "Longest time to make a report");
  }

  result<void> prepare(const services::common_options& chosen) override {
    if (drivers_.empty() && optional_.empty())
      return error{errc::missing, "drivers"};
    state_ = chosen.state;
    if (!container_driver_.empty() && !find_driver(container_driver_))
      return error{errc::malformed, "containerDriver: none of the drivers"};
    if (!key_driver_.empty() && !find_driver(key_driver_))
      return error{errc::malformed, "keys.driver: none of the drivers"};
    for (const auto& url : status_servers_)
      if (const auto good = collateral::open_http_post(url, status_patience); !good)
        return error{good.error().code, "statusServers: " + good.error().where};
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
    const auto note_of = [&on](const std::string& what, const protocol::request_context& of) {
      on.log().warning("prover", {{"what", what},
                                  {"request", of.id},
                                  {"trace", services::http::trace_id(of.trace)}});
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
    if (!status_servers_.empty()) {
      ports.status_client = on.keep("status client", [&on] {
        return actors::spawn_status_client(on.system(), ask_status_server);
      });
      ports.status_servers = {status_servers_.begin(), status_servers_.end()};
      ports.status_answers = std::make_shared<actors::metadata_cache>(state_ / "status", note);
    }
    ports.now = services::system_now;
    ports.random = services::kernel_random;
    ports.note = note_of;
    actors::prover_options options;
    options.host = on.host_options();
    options.name = on.chosen().name;
    options.time = std::chrono::seconds{attest_seconds_};
    options.patience = std::chrono::seconds{patience_seconds_};
    options.refresh_pause = std::chrono::seconds{refresh_seconds_};
    options.container_driver = find_driver(container_driver_);
    if (ports.est) {
      auto claimed = files::claim::take(state_ / "keys"); // each keeper has a list of its own
      if (!claimed)
        return error{claimed.error().code, "state: " + claimed.error().where};
      keys_ = *std::move(claimed);
      ports.spawn_keeper = make_keeper(on, ports);
    }
    return on.publish(on.keep("prover", [&on, options, ports] {
      return actors::spawn_prover(on.system(), options, ports);
    }));
  }

private:
  /// Returns its place among all drivers, those that are needed first.
  std::optional<std::size_t> find_driver(const std::string& address) const {
    auto all = drivers_;
    all.insert(all.end(), optional_.begin(), optional_.end());
    const auto found = std::ranges::find(all, address);
    if (address.empty() || found == all.end())
      return std::nullopt;
    return static_cast<std::size_t>(found - all.begin());
  }

  /// Returns what spawns the keeper of TLS keys.
  std::function<actors::key_keeper_actor(const actors::report_maker_actor&)>
  make_keeper(services::node& on, const actors::prover_ports& of) const {
    actors::key_keeper_options options;
    options.max_keys = static_cast<std::size_t>(max_keys_);
    actors::key_keeper_ports ports;
    ports.driver = of.drivers.at(find_driver(key_driver_).value_or(0)).handle;
    ports.est = of.est;
    ports.folder = state_ / "keys";
    ports.now = of.now;
    ports.random = of.random;
    ports.note = [&on](const std::string& what, const protocol::request_context& of_whom) {
      on.log().info("keys", {{"what", what},
                             {"request", of_whom.id},
                             {"trace", services::http::trace_id(of_whom.trace)}});
    };
    return [&on, options, ports](const actors::report_maker_actor& prover) {
      auto own = ports; // or the prover would hold itself
      own.reports = prover;
      return actors::spawn_key_keeper(on.system(), options, std::move(own));
    };
  }

  static actors::prover_driver make_driver(services::node& on, const std::string& address,
                                           bool is_optional, std::size_t number) {
    const auto name = "driver-" + std::to_string(number);
    const auto peer = on.keep(name.c_str(), [&on, name, address] {
      auto options = on.peer_options(name, {address}, protocol::role::driver);
      options.request_time = driver_patience;
      return actors::spawn_driver_peer(on.system(), options, on.peer_ports(name));
    });
    return {"driver " + address, peer, is_optional};
  }

  std::vector<std::string> drivers_;
  std::vector<std::string> optional_;
  std::string container_driver_;
  std::string key_driver_;
  std::uint64_t max_keys_ = 64;
  std::string est_;
  std::vector<std::string> status_servers_;
  std::uint64_t refresh_seconds_ = 30;
  std::uint64_t patience_seconds_ = 5;
  std::uint64_t attest_seconds_ = 30;
  std::filesystem::path state_;
  std::optional<files::claim> keys_;
};

} // namespace

int main(int argc, char** argv) {
  services::common_options defaults;
  defaults.listen = "unix:///run/troth/prover/link.sock";
  defaults.admin = "127.0.0.1:9713";
  prover_service prover;
  return services::run(argc, argv, who, defaults, prover);
}
