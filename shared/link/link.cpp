#include "shared/link/link.hpp"

#include "shared/link/entrance.hpp"
#include "shared/link/node_identity.hpp"
#include "shared/link/transport_parts.hpp"

#include <caf/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>

#include <charconv>
#include <chrono>
#include <grp.h>
#include <optional>
#include <pwd.h>
#include <utility>

namespace troth::link {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_arrivals = 256;

caf::io::network::default_multiplexer& loop_of(caf::actor_system& system) {
  return dynamic_cast<caf::io::network::default_multiplexer&>(system.middleman().backend());
}

caf::actor broker_of(caf::actor_system& system) {
  return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

std::optional<unsigned> number_in(const std::string& text) {
  unsigned out = 0;
  const auto [end, why] = std::from_chars(text.data(), text.data() + text.size(), out);
  return why == std::errc{} && end == text.data() + text.size() ? std::optional{out} : std::nullopt;
}

} // namespace

type_names configure(caf::actor_system_config& config, std::size_t threads) {
  type_names types{"@atom", "@str", "@u64", "@error"};
  for (const auto& [name, factory] : config.value_factories_by_name)
    types.insert(name);
  config.load<caf::io::middleman>();
  config.load<node_identity>();
  config.set("scheduler.policy",
             caf::atom("sharing")); // stealing wakes up 400 times a second, idle
  config.set("scheduler.max-threads", threads);
  config.set("middleman.workers", std::size_t{0});
  config.set("middleman.heartbeat-interval", caf::timespan{500ms}); // off unless set: a frozen
  config.set("middleman.connection-timeout", caf::timespan{4s});    // peer would never be noticed
  return types;
}

result<local_users> find_local_users(const std::vector<std::string>& users,
                                     const std::vector<std::string>& groups) {
  local_users out;
  if (users.empty() && groups.empty())
    out.users.insert(geteuid());
  for (const auto& name : users) {
    const auto number = number_in(name);
    const auto* found = number ? nullptr : getpwnam(name.c_str());
    if (!number && found == nullptr)
      return error{errc::not_found, "user " + name};
    out.users.insert(number ? *number : found->pw_uid);
  }
  for (const auto& name : groups) {
    const auto number = number_in(name);
    const auto* found = number ? nullptr : getgrnam(name.c_str());
    if (!number && found == nullptr)
      return error{errc::not_found, "group " + name};
    out.groups.insert(number ? *number : found->gr_gid);
  }
  return out;
}

transport::transport(std::unique_ptr<parts> own) : parts_(std::move(own)) {
  // nop
}

transport::~transport() = default;

result<std::unique_ptr<transport>> transport::open(const options& chosen) {
  auto own = std::make_unique<parts>();
  own->chosen = chosen;
  const auto& files = chosen.files;
  std::shared_ptr<keyring> keys;
  if (!files.ca.empty() || !files.certificate.empty() || !files.key.empty()) {
    auto opened = keyring::open(files, chosen.role);
    if (!opened)
      return opened.error();
    keys = *std::move(opened);
  }
  connection_rules rules;
  rules.frames.max_frame_bytes = chosen.max_frame_bytes;
  rules.frames.message_types = chosen.message_types;
  rules.counts = own->counts;
  rules.note = chosen.note;
  own->rules = std::make_shared<const connection_rules>(std::move(rules));
  const reception_limits granted{chosen.grants.strangers, chosen.grants.peers};
  own->door = std::make_unique<reception>(granted, reception::ports{std::move(keys), own->counts,
                                                                    chosen.note});
  return std::unique_ptr<transport>{new transport{std::move(own)}};
}

result<endpoint> transport::publish_any(caf::actor_system& system,
                                        const caf::strong_actor_ptr& actor,
                                        std::set<std::string>&& signatures, const endpoint& at) {
  auto& own = *parts_;
  if (!at.is_local() && own.chosen.files.certificate.empty())
    return error{errc::missing, "tls: ca, certificate and key are needed, all three"};
  auto opened = listening_socket::open(at);
  if (!opened)
    return opened.error();
  auto where = opened->where();
  const auto arrived = std::make_shared<arrivals>(max_arrivals);
  const auto number = ++own.last_number;
  const auto door = own.door->open(
    *std::move(opened), {own.chosen.accepts, own.chosen.accepted_names, own.chosen.users}, arrived);
  auto made = caf::make_counted<entrance>(loop_of(system), arrived, number, own.rules, own.claims,
                                          [&own, door] { own.door->close(door); });
  caf::anon_send(broker_of(system), caf::publish_atom_v, caf::io::doorman_ptr{std::move(made)},
                 std::uint16_t{number}, actor, std::move(signatures));
  return where;
}

dialer_actor transport::spawn_dialer(caf::actor_system& system) {
  auto& own = *parts_;
  const auto dial = [&own](const endpoint& where, const std::string& host, const std::string& role,
                           std::function<void(result<established>)> then) {
    own.door->dial(where, {{role}, {host}, own.chosen.users}, std::move(then));
  };
  const auto make = [&own, &system](established&& from) -> caf::io::scribe_ptr {
    return caf::make_counted<connection>(loop_of(system), std::move(from), side::dialling,
                                         own.rules, own.claims);
  };
  return link::spawn_dialer(system, dial, make);
}

const figures& transport::counts() const noexcept {
  return *parts_->counts;
}

} // namespace troth::link
