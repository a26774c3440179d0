#include "shared/base/hex.hpp"
#include "tools/container/bundle.hpp"
#include "tools/container/rootfs.hpp"
#include "tools/testtool/commands.hpp"

#include <ostream>

namespace troth::testtool {

namespace {

/// Computes what is measured of a bundle.
result<report::component> event_of(const measure_options& options) {
  const auto rootfs = options.rootfs.empty() ? options.bundle / "rootfs" : options.rootfs;
  const auto hash = container::hash_folder(rootfs, [](const container::progress&) {});
  if (!hash)
    return hash.error();
  const auto& name = options.name.empty() ? options.id : options.name;
  return container::make_event({name, options.id}, options.bundle / "config.json", *hash);
}

} // namespace

terminal::exit_code measure(const measure_options& options, const ports& world) {
  const auto gateway = world.connect(options.gateway);
  const auto event = gateway ? event_of(options) : gateway.error();
  if (!event) {
    complain(world, event.error());
    return terminal::exit_code_for(event.error().code);
  }
  const auto measured = gateway->measure ? gateway->measure(*event)
                                         : error{errc::unsupported, "REST measures no containers"};
  if (!measured) {
    complain(world, measured.error());
    return exit_code_for_refusal(measured.error().code);
  }
  world.out << "measured " << hex(event->hashes.front().view()) << "\n  rootfs "
            << hex(event->container->rootfs_sha256) << "\n  config "
            << hex(event->container->config_sha256) << '\n';
  return terminal::good;
}

} // namespace troth::testtool
