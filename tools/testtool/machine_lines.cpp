#include "tools/testtool/arguments.hpp"

#include <memory>

// The command lines of what a machine is told to do.

namespace troth::testtool {

namespace {

void add_update(CLI::App& program, commands& into, const char* name, const char* description,
                client::renewable what) {
  auto& line = *program.add_subcommand(name, description);
  const auto options = std::make_shared<machine_options>();
  options->what = what;
  add_gateway(line, options->gateway, need::required);
  into.push_back({&line, [options](const ports& world) { return update(*options, world); }});
}

} // namespace

void add_machine_commands(CLI::App& program, commands& into) {
  add_update(program, into, "update-certs", "Have a machine's attestation keys certified anew",
             client::renewable::certificates);
  add_update(program, into, "update-metadata", "Have a machine fetch its metadata anew",
             client::renewable::metadata);
}

} // namespace troth::testtool
