#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/report/report.hpp"
#include "tools/metatool/create.hpp"
#include "tools/metatool/inspect.hpp"
#include "tools/metatool/logs.hpp"
#include "tools/metatool/sign.hpp"
#include "tools/terminal/exit_code.hpp"

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

// What troth-metatool does, its command line read: files in, one file or a text out. Each
// command says what it has to say and returns how the process ends.

namespace troth::metatool {

using path = std::filesystem::path;

struct ports {
  std::ostream& out;
  std::ostream& err;
  time_point now;
};

struct create_manifest_options {
  manifest_options manifest;
  std::vector<path> reference_values; ///< As `from-logs` and `precompute` write them.
  std::vector<path> ca_certificates;  ///< PEM: each fingerprint is added to the manifest's.
  report::encoding encoding = report::encoding::json;
  path out;
};

struct create_image_options {
  image_options image;
  std::vector<path> manifest_descriptions; ///< As `create manifest-description` writes them.
  report::encoding encoding = report::encoding::json;
  path out;
};

struct create_manifest_description_options {
  report::manifest_description description;
  path out;
};

struct from_logs_options {
  path event_log;
  path ima_list;
  log_options logs;
  path out;
};

enum class precompute_format : std::uint8_t { table, json, reference_values };

struct precompute_options {
  path event_log;
  path ima_list;
  log_options logs;
  precompute_format format = precompute_format::table;
  path out; ///< Empty: what the process prints.
};

struct sign_options {
  std::vector<path> keys;
  std::vector<std::string> certificates; ///< For each key: PEM files, separated by commas.
  signature_format format = signature_format::jws;
  path in;
  path out;
};

struct convert_options {
  report::encoding to = report::encoding::json;
  path in;
  path out;
};

struct inspect_file_options {
  inspect_options how;
  path in;
};

terminal::exit_code create(const create_manifest_options& options, const ports& world);
terminal::exit_code create(const create_image_options& options, const ports& world);
terminal::exit_code create(const create_manifest_description_options& options, const ports& world);
terminal::exit_code run(const from_logs_options& options, const ports& world);
terminal::exit_code run(const precompute_options& options, const ports& world);
terminal::exit_code run(const sign_options& options, const ports& world);
terminal::exit_code run(const convert_options& options, const ports& world);
terminal::exit_code run(const inspect_file_options& options, const ports& world);

} // namespace troth::metatool
