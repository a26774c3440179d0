#pragma once

#include <CLI/CLI.hpp>

#include <string>

// What the definition of a command line says, for other readers than those of `--help`.

namespace troth::terminal {

/// Returns a page for `man`, section 1, in the macros of man(7): each command with its options.
/// @param version of the program.
std::string manual_of(const CLI::App& app, const std::string& version);

/// Returns a script for bash that completes commands, options, and the values of options that
/// have a choice of them (`add_choice`). Where it knows of nothing bash completes files.
std::string completion_of(const CLI::App& app);

/// Adds `--manual` and `--completion`, which print these and end the program, as `--help` does.
/// @param app must outlive the parsing.
void add_pages(CLI::App& app, const std::string& version);

} // namespace troth::terminal
