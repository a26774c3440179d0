#include "shared/client/ca_certificates.hpp"
#include "shared/files/files.hpp"
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

terminal::exit_code ca_certificates(const ca_certificates_options& options, const ports& world) {
  const auto send = client::open_http(options.server);
  if (!send) {
    complain(world, send.error());
    return terminal::exit_code_for(send.error().code);
  }
  const auto got = options.is_est ? client::ca_certificates_of_est(*send)
                                  : client::ca_certificates_of_gateway(*send);
  if (!got) {
    complain(world, got.error());
    return exit_code_for_refusal(got.error().code);
  }
  if (options.out.empty()) {
    world.out << *got;
    return terminal::good;
  }
  const auto written = files::write(options.out, to_bytes(*got), files::access::everyone);
  if (!written)
    complain(world, written.error());
  return written ? terminal::good : terminal::exit_code_for(written.error().code);
}

} // namespace troth::testtool
