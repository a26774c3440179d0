// Makes and renews the deployment's CAs, and certificates with one role each.

#include "tools/pki/description.hpp"
#include "tools/pki/pki.hpp"
#include "tools/pki/role.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/options.hpp"
#include "tools/terminal/pages.hpp"
#include "tools/terminal/text.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

using namespace troth;

constexpr int max_days = 365 * 100;
constexpr std::size_t width = 100;

struct options {
  std::string folder;
  std::string prefix;
  std::string ca;
  std::string file;
  std::string organization = "Troth";
  std::string added_organization; ///< Empty: that of the other CAs.
  pki::holder holder;
  int ca_days = 3650;
  int days = 365;
  int within_days = -1; // below zero: whenever it ends
  bool new_key = false;
};

time_point now() {
  return std::chrono::system_clock::now();
}

pki::validity valid_for(int days) {
  return {now(), std::chrono::days{days}};
}

/// Returns an exit code for a failure, after saying it.
int refuse(const error& why) {
  std::cerr << "troth-pki: " << terminal::printable(to_string(why), terminal::charset::utf8)
            << '\n';
  return terminal::exit_code_for(why.code);
}

void announce(const std::string& file, const crypto::certificate& made) {
  std::cout << file << ": " << terminal::printable(made.subject(), terminal::charset::utf8)
            << ", valid until " << format_time(made.not_after()) << '\n';
}

int init(const options& chosen) {
  const auto made = pki::init(chosen.folder, chosen.organization, valid_for(chosen.ca_days));
  if (!made)
    return refuse(made.error());
  for (std::size_t i = 0; i < made->size(); ++i)
    announce(chosen.folder + '/' + std::string{pki::authorities()[i].name} + ".pem", (*made)[i]);
  return terminal::exit_code::good;
}

int add_ca(const options& chosen) {
  const auto made = pki::add_authority(chosen.folder, chosen.ca, chosen.added_organization,
                                       valid_for(chosen.ca_days));
  if (!made)
    return refuse(made.error());
  announce(chosen.folder + '/' + chosen.ca + ".pem", *made);
  return terminal::exit_code::good;
}

int issue(const options& chosen) {
  auto holder = chosen.holder;
  holder.organization = chosen.organization;
  const auto made = pki::issue(chosen.folder, holder, chosen.prefix, valid_for(chosen.days));
  if (!made)
    return refuse(made.error());
  announce(chosen.prefix + ".pem", *made);
  return terminal::exit_code::good;
}

int renew(const options& chosen) {
  const auto is_ca = !chosen.ca.empty();
  const auto prefix = is_ca ? chosen.folder + '/' + chosen.ca : chosen.prefix;
  if (chosen.within_days >= 0) {
    const auto old = pki::read_certificates(prefix + ".pem");
    if (!old)
      return refuse(old.error());
    if (old->front().not_after() > now() + std::chrono::days{chosen.within_days}) {
      announce(prefix + ".pem", old->front());
      return terminal::exit_code::good;
    }
  }
  const auto key = chosen.new_key ? pki::key_choice::renew : pki::key_choice::keep;
  const auto made = is_ca
                      ? pki::renew_authority(chosen.folder, chosen.ca, valid_for(chosen.ca_days))
                      : pki::renew(chosen.folder, prefix, key, valid_for(chosen.days));
  if (!made)
    return refuse(made.error());
  announce(prefix + ".pem", *made);
  return terminal::exit_code::good;
}

int show(const options& chosen) {
  const auto certificates = pki::read_certificates(chosen.file);
  if (!certificates)
    return refuse(certificates.error());
  const auto to = isatty(STDOUT_FILENO) == 1 ? terminal::screen::terminal : terminal::screen::plain;
  std::cout << pki::describe(*certificates, now(), to, width);
  return terminal::exit_code::good;
}

std::string known_roles() {
  std::string out;
  for (const auto& role : pki::roles()) {
    auto name = std::string{role.name};
    name.resize(16, ' ');
    out += "\n  " + name + " shows " + std::string{role.says};
  }
  return out;
}

void add_init(CLI::App& app, options& chosen) {
  auto* sub = app.add_subcommand("init", "Makes the CAs: tls-ca, metadata-ca, ak-ca, status-ca and "
                                         "tls-keys-ca");
  sub->add_option("--dir", chosen.folder, "The folder they are kept in")->required();
  sub->add_option("--organization", chosen.organization, "The O of their names (default: Troth)");
  sub->add_option("--days", chosen.ca_days, "How long they are valid (default: 3650)")
    ->check(CLI::Range(1, max_days));
}

void add_add_ca(CLI::App& app, options& chosen) {
  auto* sub = app.add_subcommand("add-ca",
                                 "Makes one CA that a folder of an earlier version lacks");
  sub->add_option("--dir", chosen.folder, "The folder of the CAs")->required();
  sub->add_option("--ca", chosen.ca, "Which: status-ca and so on, as init makes them")->required();
  sub->add_option("--organization", chosen.added_organization,
                  "The O of its name (default: that of the CAs that are there)");
  sub->add_option("--days", chosen.ca_days, "How long it is valid (default: 3650)")
    ->check(CLI::Range(1, max_days));
}

void add_issue(CLI::App& app, options& chosen) {
  auto* sub = app.add_subcommand("issue", "Makes a key and a certificate with one role");
  sub->add_option("--dir", chosen.folder, "The folder of the CAs")->required();
  sub->add_option("--role", chosen.holder.role, "What it is for:" + known_roles())->required();
  sub->add_option("--name", chosen.holder.name, "Its common name")->required();
  sub->add_option("--organization", chosen.organization, "The O of its name (default: Troth)");
  sub->add_option("--dns", chosen.holder.dns_names,
                  "A host name it answers to; repeatable (default for a process: its name)");
  sub->add_option("--ip", chosen.holder.ip_addresses, "An address it answers at; repeatable");
  sub->add_option("--out", chosen.prefix, "Writes PREFIX.pem, with the CA's, and PREFIX.key")
    ->type_name("PREFIX")
    ->required();
  sub->add_option("--days", chosen.days, "How long it is valid (default: 365), the CA at most")
    ->check(CLI::Range(1, max_days));
}

void add_renew(CLI::App& app, options& chosen) {
  auto* sub = app.add_subcommand("renew", "Makes a certificate anew, with the names it has");
  sub->add_option("--dir", chosen.folder, "The folder of the CAs")->required();
  auto* what = sub->add_option_group("what");
  what->add_option("--out", chosen.prefix, "Replaces PREFIX.pem")->type_name("PREFIX");
  auto* ca = what->add_option("--ca", chosen.ca, "Replaces a CA's, which keeps its key");
  what->require_option(1);
  sub->add_flag("--new-key", chosen.new_key, "Replaces PREFIX.key too")->excludes(ca);
  sub->add_option("--within", chosen.within_days, "Only if it ends within so many days")
    ->check(CLI::Range(0, max_days));
  sub->add_option("--days", chosen.days, "How long it is valid (default: 365; of a CA, 3650)")
    ->check(CLI::Range(1, max_days))
    ->each([&chosen](const std::string& days) { chosen.ca_days = std::stoi(days); });
}

void add_show(CLI::App& app, options& chosen) {
  auto* sub = app.add_subcommand("show", "Prints what certificates are for, and how long");
  sub->add_option("file", chosen.file, "A PEM file of certificates")->required();
}

int run(int argc, char** argv) {
  options chosen;
  CLI::App app{"Makes the deployment's CAs, and certificates with one role each.", "troth-pki"};
  app.set_version_flag("--version", "troth-pki " TROTH_VERSION);
  terminal::add_pages(app, TROTH_VERSION);
  terminal::require_command(app);
  add_init(app, chosen);
  add_add_ca(app, chosen);
  add_issue(app, chosen);
  add_renew(app, chosen);
  add_show(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& why) { // --help and --version too
    return app.exit(why) == 0 ? terminal::exit_code::good : terminal::exit_code::usage;
  }
  if (app.got_subcommand("init"))
    return init(chosen);
  if (app.got_subcommand("add-ca"))
    return add_ca(chosen);
  if (app.got_subcommand("issue"))
    return issue(chosen);
  return app.got_subcommand("renew") ? renew(chosen) : show(chosen);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& why) {
    std::cerr << "troth-pki: " << why.what() << '\n';
    return terminal::exit_code::internal;
  }
}
