#include "tools/testtool/arguments.hpp"
#include "tools/testtool/provision.hpp"

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

void add_provision(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand(
    "provision", "Take token and CA from the device that the kernel's command line names");
  const auto options = std::make_shared<provision_options>();
  line.add_option("--cmdline", options->command_line, "The kernel's command line")
    ->capture_default_str();
  line.add_option("--device", options->devices, "Where to look; all disks if absent; repeatable");
  line.add_option("--token-out", options->token_out, "File for the token")->required();
  line.add_option("--ca-out", options->ca_out, "File for the certificates in PEM")->required();
  into.push_back({&line, [options](const ports& world) { return provision(*options, world); }});
}

void add_ca_certificates(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand(
    "cacerts", "Fetch the certificates of who certifies machines' TLS keys");
  const auto options = std::make_shared<ca_certificates_options>();
  add_gateway(line, options->server, need::optional);
  const auto est = std::make_shared<std::string>();
  line.add_option("--est", *est, "URL of an EST server to ask instead (RFC 7030)")
    ->excludes("--gateway");
  line.add_option("--out", options->out, "File for them in PEM; they are printed if absent");
  line.callback([options, est] {
    if (options->server.url.empty() == est->empty())
      reject("--gateway or --est: whom to ask");
    options->is_est = !est->empty();
    if (options->is_est)
      options->server.url = *est;
  });
  into.push_back(
    {&line, [options](const ports& world) { return ca_certificates(*options, world); }});
}

} // namespace

void add_machine_commands(CLI::App& program, commands& into) {
  add_update(program, into, "update-certs", "Have a machine's attestation keys certified anew",
             client::renewable::certificates);
  add_update(program, into, "update-metadata", "Have a machine fetch its metadata anew",
             client::renewable::metadata);
  add_provision(program, into);
  add_ca_certificates(program, into);
}

} // namespace troth::testtool
