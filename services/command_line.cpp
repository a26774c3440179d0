#include "services/command_line.hpp"

#include "services/exit_code.hpp"
#include "services/nearest.hpp"
#include "shared/codec/json.hpp"
#include "shared/files/files.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <ostream>
#include <unistd.h>

namespace troth::services {

namespace {

constexpr std::size_t max_file_bytes = std::size_t{1024} * 1024;

/// What the command line says of the keys, as typed.
struct typed_flags {
  std::vector<std::string> files;
  std::map<std::string, std::vector<std::string>> values; // by key
  bool is_check = false;
  bool is_print = false;
};

/// Adds a flag for each key that is not secret: what is typed is seen by everybody on the machine.
void add_flags(CLI::App& app, const configuration& keys, typed_flags& typed) {
  const auto shown = keys.shown();
  for (const auto& key : keys.keys()) {
    if (key.shown == secrecy::secret)
      continue;
    auto& values = typed.values[key.name];
    const auto flag = "--" + flag_name(key.name);
    const auto value = key.current();
    const auto help = key.help + (value.empty() ? "" : " [" + value.dump() + ']');
    if (key.is == configuration::kind::flag)
      app.add_flag(flag + "{true}", values, help);
    else
      app.add_option(flag, values, help)
        ->type_name(key.is == configuration::kind::number ? "NUMBER" : "TEXT")
        ->expected(key.is == configuration::kind::list ? -1 : 1);
  }
}

result<void> read_file(const std::string& file, configuration& keys) {
  const auto content = files::read(file, max_file_bytes);
  if (!content)
    return content.error();
  const auto document = codec::parse_json(to_text(*content), {max_file_bytes});
  if (!document)
    return error{document.error().code, file + ": " + document.error().where};
  return keys.merge(*document, file);
}

result<void> read_environment(const program& which, const surroundings& around,
                              configuration& keys) {
  const auto prefix = environment_name(which.service, "");
  std::map<std::string, std::string> known;
  std::vector<std::string> names;
  for (const auto& key : keys.keys()) {
    names.push_back(environment_name(which.service, key.name));
    known[names.back()] = key.name;
  }
  for (const auto& [name, value] : around.environment) {
    if (!name.starts_with(prefix))
      continue;
    const auto at = known.find(name);
    if (at == known.end()) {
      const auto near = nearest(name, names);
      return error{errc::unknown_key,
                   "environment: " + name + (near.empty() ? "" : ": is " + near + " meant?")};
    }
    if (auto done = keys.set_text(at->second, {value}, name); !done)
      return done;
  }
  return {};
}

result<void> read_sources(const program& which, const typed_flags& typed,
                          const surroundings& around, configuration& keys) {
  for (const auto& file : typed.files)
    if (auto done = read_file(file, keys); !done)
      return done;
  if (auto done = read_environment(which, around, keys); !done)
    return done;
  for (const auto& [key, values] : typed.values)
    if (!values.empty())
      if (auto done = keys.set_text(key, values, "--" + flag_name(key)); !done)
        return done;
  return {};
}

/// Refuses what CLI11 left over.
result<void> check_rest(const std::vector<std::string>& rest, const configuration& keys) {
  if (rest.empty())
    return {};
  std::vector<std::string> flags{"--config", "--check-config", "--print-config", "--help",
                                 "--version"};
  for (const auto& key : keys.keys())
    if (key.shown == secrecy::open)
      flags.push_back("--" + flag_name(key.name));
  const auto unknown = rest.front().substr(0, rest.front().find('='));
  const auto near = nearest(unknown, flags);
  return error{errc::unknown_key, unknown + (near.empty() ? "" : ": is " + near + " meant?")};
}

} // namespace

std::string program_name(const program& which) {
  return "troth-" + which.service;
}

std::vector<std::pair<std::string, std::string>> environment() {
  std::vector<std::pair<std::string, std::string>> out;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string entry{*at};
    const auto equals = entry.find('=');
    if (equals != std::string::npos)
      out.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return out;
}

std::variant<command, int> read_command_line(int argc, const char* const* argv,
                                             const program& which, const surroundings& around,
                                             configuration& keys) {
  CLI::App app{which.purpose, program_name(which)};
  typed_flags typed;
  app.set_version_flag("--version", program_name(which) + ' ' + which.version);
  app.add_option("--config", typed.files, "JSON file; may be repeated, the later one wins")
    ->type_name("FILE")
    ->expected(1)
    ->take_all();
  app.add_flag("--check-config", typed.is_check, "Check the configuration and end");
  app.add_flag("--print-config", typed.is_print, "Print the configuration and end");
  add_flags(app, keys, typed);
  const auto* health
    = app.add_subcommand("health", "Ask the running process whether it is ready")->fallthrough();
  app.allow_extras();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& why) { // --help and --version too
    return app.exit(why, around.out, around.err) == 0 ? exit_code::good : exit_code::usage;
  }
  auto done = check_rest(app.remaining(true), keys);
  if (done)
    done = read_sources(which, typed, around, keys);
  if (!done) {
    around.err << program_name(which) << ": " << to_string(done.error()) << '\n';
    return exit_code::usage;
  }
  if (health->parsed())
    return command::health;
  return typed.is_check   ? command::check_configuration
         : typed.is_print ? command::print_configuration
                          : command::serve;
}

} // namespace troth::services
