#pragma once

#include "tools/metatool/commands.hpp"
#include "tools/terminal/options.hpp"

#include <map>
#include <string>

// The command lines of the commands that make something, each into its options.

namespace troth::metatool {

/// How precomputed values are written, by name.
extern const std::map<std::string, precompute_format> precompute_formats;

/// Refuses what `parse` does.
template <class Parse>
CLI::Validator is_read_by(Parse parse) {
  return {[parse](const std::string& text) {
            const auto read = parse(text);
            return read ? std::string{} : read.error().where;
          },
          ""};
}

// The options must outlive the parsing.
void add_arguments(CLI::App& app, create_manifest_options& into);
void add_arguments(CLI::App& app, create_image_options& into);
void add_arguments(CLI::App& app, create_company_options& into);
void add_arguments(CLI::App& app, create_manifest_description_options& into);
void add_arguments(CLI::App& app, create_status_options& into);
void add_arguments(CLI::App& app, create_key_options& into);
void add_arguments(CLI::App& app, from_files_options& into);
void add_arguments(CLI::App& app, from_container_options& into);
void add_arguments(CLI::App& app, from_boot_options& into);
void add_arguments(CLI::App& app, from_evidence_options& into);
void add_arguments(CLI::App& app, from_firmware_options& into);

} // namespace troth::metatool
