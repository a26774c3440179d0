#pragma once

#include "shared/base/hex.hpp"
#include "shared/base/time.hpp"

#include <CLI/CLI.hpp>

#include <map>
#include <set>
#include <string>

// Options that the tools' command lines have in common, on top of CLI11.

namespace troth::terminal {

/// Adds an option whose value is one of the names in `choices`.
/// @param into,choices must outlive the parsing.
template <class T>
CLI::Option* add_choice(CLI::App& app, const std::string& name, T& into,
                        const std::map<std::string, T>& choices, const std::string& description) {
  std::set<std::string> names;
  std::string all;
  for (const auto& [each, value] : choices) {
    names.insert(each);
    all += (all.empty() ? "" : "|") + each;
  }
  return app
    .add_option_function<std::string>(
      name, [&](const std::string& chosen) { into = choices.at(chosen); }, description)
    ->type_name(all)
    ->check(CLI::Validator{[names](const std::string& chosen) {
                             return names.contains(chosen) ? std::string{}
                                                           : "no such choice: " + chosen;
                           },
                           ""});
}

/// Wants one of the app's commands. What is in the place of one is named, also behind a command
/// that wants another.
inline void require_command(CLI::App& app) {
  app.require_subcommand(1);
  app.failure_message([](const CLI::App* failed, const CLI::Error& why) {
    const auto* at = failed;
    while (!at->get_subcommands().empty())
      at = at->get_subcommands().front();
    const auto strays = at->remaining();
    return at->get_require_subcommand_min() > 0 && !strays.empty()
             ? "no such command: " + strays.front() + "\nRun with --help for more information.\n"
             : CLI::FailureMessage::simple(failed, why);
  });
}

/// Refuses what is no RFC 3339 time.
inline CLI::Validator is_time() {
  return {[](const std::string& text) {
            return parse_time(text) ? std::string{}
                                    : "not RFC 3339, e.g. 2026-11-24T10:00:00Z: " + text;
          },
          ""};
}

/// Refuses what is not one byte in hex, or more.
inline CLI::Validator is_hex() {
  return {[](const std::string& text) {
            return !text.empty() && from_hex(text) ? std::string{} : "not hex: " + text;
          },
          ""};
}

} // namespace troth::terminal
