#include "services/run.hpp"

#include "services/admin.hpp"
#include "services/exit_code.hpp"
#include "services/health.hpp"
#include "services/process.hpp"

#include <openssl/ssl.h>

#include <exception>
#include <iostream>
#include <utility>

namespace troth::services {

namespace {

/// Returns how a process ends that could not start.
int exit_code_of(const error& why) {
  if (blames_input(why.code))
    return exit_code::usage; // what it was told to do cannot be done
  return why.code == errc::internal ? exit_code::internal : exit_code::io;
}

int fail(const identity& who, const error& why) {
  std::cerr << program_name(who.is) << ": " << to_string(why) << '\n';
  return exit_code_of(why);
}

int serve(const identity& who, const common_options& chosen, const admin_options& admin,
          service& what) {
  auto made = node::make(who, chosen, what.threads());
  if (!made)
    return fail(who, made.error());
  auto& on = **made;
  auto started = start_admin(on, admin); // first: what waits for the service may ask it
  if (started)
    started = what.start(on);
  if (!started) {
    on.stop();
    return fail(who, started.error());
  }
  on.ready().begin();
  on.log().info("service.started", {{"name", chosen.name}, {"version", who.is.version}});
  notify_supervisor("READY=1");
  wait_for_stop();
  notify_supervisor("STOPPING=1");
  on.log().info("service.stopping");
  const auto limit = std::chrono::seconds{chosen.stop_seconds + 2};
  end_within(limit, exit_code::good); // an actor that blocks does not keep the process
  return on.stop() ? exit_code::good : exit_code::internal;
}

int act(int argc, char** argv, const identity& who, common_options& chosen, service& what) {
  configuration keys;
  admin_options admin;
  add_common(keys, chosen, who.is.service);
  add_admin(keys, admin);
  what.define(keys);
  const surroundings around{environment(), std::cout, std::cerr};
  const auto read = read_command_line(argc, argv, who.is, around, keys);
  if (const auto* done = std::get_if<int>(&read))
    return *done;
  const auto wanted = std::get<command>(read);
  if (wanted == command::print_configuration) {
    std::cout << keys.shown().dump(2) << '\n';
    return exit_code::good;
  }
  if (wanted == command::health)
    return ask_health(chosen.admin, std::cout, std::cerr);
  auto checked = check_admin(chosen, admin);
  if (checked)
    checked = what.prepare(chosen);
  if (checked)
    checked = check_links(chosen, {who.role, !who.accepts.empty(), what.dials()});
  if (!checked)
    return fail(who, checked.error());
  if (wanted == command::check_configuration) {
    std::cout << "the configuration is good\n";
    return exit_code::good;
  }
  return serve(who, chosen, admin, what);
}

} // namespace

int run(int argc, char** argv, const identity& who, common_options chosen, service& what) {
  try {
    block_stop_signals();
    // OpenSSL's own clean-up at exit races with the threads of libraries that still use it.
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
    return act(argc, argv, who, chosen, what);
  } catch (const std::exception& why) {
    std::cerr << program_name(who.is) << ": " << why.what() << '\n';
    return exit_code::internal;
  }
}

} // namespace troth::services
