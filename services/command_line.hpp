#pragma once

#include "services/configuration.hpp"

#include <iosfwd>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace troth::services {

/// What a process is started for.
enum class command : std::uint8_t {
  serve,
  check_configuration,
  print_configuration,
  health ///< Asks the process that runs whether it is ready.
};

/// What a process is, for its help and its version.
struct program {
  std::string service; ///< E.g. `verifier`.
  std::string purpose; ///< One sentence.
  std::string version; ///< E.g. `0.1.0`.
};

/// Returns `troth-verifier`.
std::string program_name(const program& which);

/// The process's surroundings, so that tests can have others.
struct surroundings {
  std::vector<std::pair<std::string, std::string>> environment;
  std::ostream& out;
  std::ostream& err;
};

/// Returns this process's environment.
std::vector<std::pair<std::string, std::string>> environment();

/// Reads the configuration: files in the order of their `--config`, above them the environment,
/// above that the flags. Prints help, version or what is wrong.
/// @returns what to do, or the exit code if there is nothing more to do.
std::variant<command, int> read_command_line(int argc, const char* const* argv,
                                             const program& which, const surroundings& around,
                                             configuration& keys);

} // namespace troth::services
