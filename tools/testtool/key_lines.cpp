#include "tools/testtool/arguments.hpp"
#include "tools/testtool/keys.hpp"

#include <memory>

// The command lines of TLS keys.

namespace troth::testtool {

namespace {

const std::map<std::string, std::string> key_types{{"tpm", "tpm"}, {"sw", "sw"}};
const std::map<std::string, bool> list_formats{{"table", false}, {"json", true}};

void add_enrol_key(CLI::App& program, commands& into) {
  auto& line = *program.add_subcommand("enroll-key", "Have a machine make a TLS key, certified");
  const auto options = std::make_shared<enrol_key_options>();
  add_gateway(line, options->gateway, need::required);
  terminal::add_choice(line, "--type", options->wanted.kind, key_types,
                       "In the TPM, or in a file of the machine's; tpm if absent");
  line.add_option("--algorithm", options->wanted.algorithm, "EC256, EC384, RSA2048, RSA3072")
    ->capture_default_str();
  line.add_option("--cn", options->wanted.common_name, "Common name of the certificate");
  line.add_option("--dns", options->wanted.dns_names, "A name of the certificate; repeatable");
  line.add_option("--ip", options->wanted.ip_addresses,
                  "An address of the certificate; repeatable");
  line.add_option("--out", options->out, "File for the certificate and its issuers, PEM");
  into.push_back({&line, [options](const ports& world) { return enrol_key(*options, world); }});
}

/// Adds one of the commands below `keys`.
CLI::App& add_task(CLI::App& keys, commands& into, const char* name, const char* description,
                   const std::shared_ptr<keys_options>& options, key_task task) {
  auto& line = *keys.add_subcommand(name, description);
  options->task = task;
  add_gateway(line, options->gateway, need::required);
  if (task != key_task::list)
    line.add_option("ID", options->id, "Of the key")->required();
  into.push_back({&line, [options](const ports& world) { return manage_keys(*options, world); }});
  return line;
}

} // namespace

void add_key_commands(CLI::App& program, commands& into) {
  add_enrol_key(program, into);
  auto& keys = *program.add_subcommand("keys", "Manage the TLS keys of a machine");
  keys.require_subcommand(1);
  const auto listed = std::make_shared<keys_options>();
  terminal::add_choice(add_task(keys, into, "list", "List them", listed, key_task::list),
                       "--output", listed->as_json, list_formats, "table if absent");
  const auto shown = std::make_shared<keys_options>();
  add_task(keys, into, "certificate", "Show the certificate of one, and its issuers", shown,
           key_task::certificate)
    .add_option("--out", shown->out, "File for them; they are printed if absent");
  add_task(keys, into, "rotate", "Have another key made in the place of one",
           std::make_shared<keys_options>(), key_task::rotate);
  add_task(keys, into, "delete", "Have one deleted", std::make_shared<keys_options>(),
           key_task::erase);
}

} // namespace troth::testtool
