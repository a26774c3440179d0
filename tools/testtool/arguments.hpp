#pragma once

#include "shared/client/appraiser.hpp"
#include "shared/client/http.hpp"
#include "shared/report/report.hpp"
#include "tools/terminal/options.hpp"
#include "tools/testtool/commands.hpp"
#include "tools/testtool/output.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

// What the command lines of troth-testtool have in common. Options that are read into must outlive
// the parsing.

namespace troth::testtool {

/// A command of the program: its line, and what it does once that is read.
struct command {
  CLI::App* line;
  std::function<int(const ports&)> run;
};

using commands = std::vector<command>;

// Each adds some.
void add_report_commands(CLI::App& program, commands& into);
void add_attested_commands(CLI::App& program, commands& into);
void add_machine_commands(CLI::App& program, commands& into);
void add_key_commands(CLI::App& program, commands& into);

extern const std::map<std::string, report::encoding> encodings;

enum class need : std::uint8_t { optional, required };

/// Whom to ask, and as whom.
void add_gateway(CLI::App& line, client::http_options& into, need how);

/// Where an appraisal is made, and against what.
/// @param url of the gateway.
/// @returns what is to be called once the line is read: says whether the appraisal is in this
///          process, or throws for an `--api` that does not fit the URL.
std::function<void()> add_appraisal(CLI::App& line, client::appraisal_options& into,
                                    const std::string& url);

void add_output(CLI::App& line, output_options& into);

/// Where results go besides.
void add_publishing(CLI::App& line, publish_options& into);

/// Adds an option of so many seconds.
CLI::Option* add_seconds(CLI::App& line, const std::string& name, std::chrono::milliseconds& into,
                         double least, const std::string& description);

/// Adds `--count`, of at least 1.
CLI::Option* add_count(CLI::App& line, std::size_t& into, const std::string& description);

/// Adds an option in hex, in RFC 3339.
CLI::Option* add_hex(CLI::App& line, const std::string& name, std::function<void(bytes)> into,
                     const std::string& description);
CLI::Option* add_time(CLI::App& line, const std::string& name, std::function<void(time_point)> into,
                      const std::string& description);

/// Throws what CLI11 does for what cannot be read.
[[noreturn]] void reject(const std::string& why);

} // namespace troth::testtool
