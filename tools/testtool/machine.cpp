#include "tools/testtool/commands.hpp"

#include <ostream>

namespace troth::testtool {

terminal::exit_code update(const machine_options& options, const ports& world) {
  const auto gateway = world.connect(options.gateway);
  if (!gateway) {
    complain(world, gateway.error());
    return terminal::exit_code_for(gateway.error().code);
  }
  const auto done = gateway->update
                      ? gateway->update(options.what)
                      : error{errc::unsupported, "REST updates no machine: use gRPC or a socket"};
  if (!done) {
    complain(world, done.error());
    return exit_code_for_refusal(done.error().code);
  }
  world.out << (options.what == client::renewable::certificates ? "certificates" : "metadata")
            << " updated\n";
  return terminal::good;
}

} // namespace troth::testtool
