// troth-testtool: asks gateways for challenges, reports and appraisals, appraises reports itself,
// and speaks attested TLS. Reads its command line; commands.hpp does the rest.

#include "tools/terminal/options.hpp"
#include "tools/terminal/pages.hpp"
#include "tools/testtool/arguments.hpp"
#include "tools/testtool/own_machine.hpp"

#include <sys/random.h>

#include <iostream>
#include <thread>

namespace {

using namespace troth;
using namespace troth::testtool;

bytes random_bytes(std::size_t size) {
  bytes out(size);
  if (getrandom(out.data(), out.size(), 0) != static_cast<ssize_t>(size))
    throw std::runtime_error{"getrandom"};
  return out;
}

ports real_world() {
  return {std::cout,
          std::cerr,
          [] { return std::chrono::system_clock::now(); },
          [](auto interval) { std::this_thread::sleep_for(interval); },
          random_bytes,
          [](const client::http_options& to) {
            return to.url.starts_with(own_machine_scheme) ? open_own_machine(to.url)
                                                          : client::open_gateway(to);
          }};
}

int run(int argc, char** argv) {
  CLI::App program{"Attests machines and appraises their reports.", "troth-testtool"};
  program.set_version_flag("--version", "troth-testtool " TROTH_VERSION);
  terminal::add_pages(program, TROTH_VERSION);
  terminal::require_command(program);
  program.footer("Exits with 0: passed, 1: failed, 2: wrong usage, 3: passed with warnings,\n"
                 "4: file or network, 5: authentication, 6: malfunction.");
  commands all;
  add_report_commands(program, all);
  add_attested_commands(program, all);
  add_machine_commands(program, all);
  add_key_commands(program, all);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& why) { // --help and --version too
    return program.exit(why) == 0 ? terminal::good : terminal::usage;
  }
  for (const auto& each : all)
    if (each.line->parsed())
      return each.run(real_world());
  return terminal::internal;
}

} // namespace

int main(int argc, char** argv) {
  try {
    client::prepare_http();
    return run(argc, argv);
  } catch (const std::exception& why) {
    std::cerr << "troth-testtool: " << why.what() << '\n';
    return terminal::internal;
  }
}
