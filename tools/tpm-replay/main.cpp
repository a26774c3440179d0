// Plays a machine that boots: makes logs such as firmware and kernel write, and extends a
// software TPM as they would have. For demos and tests; a real machine does all of this itself.

#include "services/exit_code.hpp"
#include "shared/device/tpm_esys.hpp"
#include "shared/files/files.hpp"
#include "tools/tpm-replay/boot_log.hpp"
#include "tools/tpm-replay/ima_list.hpp"
#include "tools/tpm-replay/replay.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace troth;
namespace fs = std::filesystem;

constexpr std::size_t max_log_bytes = std::size_t{64} * 1024 * 1024;
constexpr std::size_t max_file_bytes = std::size_t{1024} * 1024 * 1024;

struct options {
  std::string tcti;
  std::string boot_log;
  std::string ima_list;
  std::string out;
  std::vector<std::string> files;
};

/// Returns an exit code for a failure, after saying it.
int refuse(const error& why) {
  std::cerr << "troth-tpm-replay: " << to_string(why) << '\n';
  return blames_input(why.code) && why.code != errc::not_found ? services::exit_code::usage
                                                               : services::exit_code::io;
}

/// The entries of files in order, the templates by turns.
result<bytes> make_entries(const std::vector<std::string>& paths) {
  bytes out;
  bool with_signature = false;
  for (const auto& path : paths) {
    const auto content = files::read(path, max_file_bytes);
    if (!content)
      return content.error();
    const auto form = with_signature ? tpm_replay::ima_template::ima_sig
                                     : tpm_replay::ima_template::ima_ng;
    const auto entry
      = tpm_replay::make_ima_entry(form, fs::absolute(path).lexically_normal().string(), *content);
    out.insert(out.end(), entry.begin(), entry.end());
    with_signature = !with_signature;
  }
  return out;
}

int write_out(const std::string& file, byte_view content) {
  if (const auto written = files::write(file, content, files::access::everyone); !written)
    return refuse(written.error());
  return services::exit_code::good;
}

int make_boot_log(const options& chosen) {
  return write_out(chosen.out, tpm_replay::make_boot_log());
}

int make_ima_list(const options& chosen) {
  bytes boot_log;
  if (!chosen.boot_log.empty()) {
    auto read = files::read(chosen.boot_log, max_log_bytes);
    if (!read)
      return refuse(read.error());
    boot_log = *std::move(read);
  }
  auto list = tpm_replay::make_boot_aggregate(boot_log);
  if (!list)
    return refuse(list.error());
  const auto entries = make_entries(chosen.files);
  if (!entries)
    return refuse(entries.error());
  auto whole = *std::move(list);
  whole.insert(whole.end(), entries->begin(), entries->end());
  return write_out(chosen.out, whole);
}

/// Does as the kernel when files are executed: the list first, then the TPM.
int measure(const options& chosen) {
  auto list = files::read(chosen.ima_list, max_log_bytes);
  if (!list)
    return refuse(list.error());
  const auto entries = make_entries(chosen.files);
  if (!entries)
    return refuse(entries.error());
  const auto tpm = device::open_tpm(chosen.tcti);
  if (!tpm)
    return refuse(tpm.error());
  auto whole = *std::move(list);
  whole.insert(whole.end(), entries->begin(), entries->end());
  if (const auto code = write_out(chosen.ima_list, whole); code != services::exit_code::good)
    return code;
  const auto done = tpm_replay::replay_ima_list(**tpm, *entries);
  if (!done)
    return refuse(done.error());
  std::cout << "measured " << *done << " files\n";
  return services::exit_code::good;
}

int replay(const options& chosen) {
  const auto tpm = device::open_tpm(chosen.tcti);
  if (!tpm)
    return refuse(tpm.error());
  std::size_t events = 0;
  std::size_t entries = 0;
  if (!chosen.boot_log.empty()) {
    const auto log = files::read(chosen.boot_log, max_log_bytes);
    if (!log)
      return refuse(log.error());
    const auto done = tpm_replay::replay_boot_log(**tpm, *log);
    if (!done)
      return refuse(done.error());
    events = *done;
  }
  if (!chosen.ima_list.empty()) {
    const auto list = files::read(chosen.ima_list, max_log_bytes);
    if (!list)
      return refuse(list.error());
    const auto done = tpm_replay::replay_ima_list(**tpm, *list);
    if (!done)
      return refuse(done.error());
    entries = *done;
  }
  std::cout << "replayed " << events << " boot events and " << entries << " IMA entries\n";
  return services::exit_code::good;
}

int run(int argc, char** argv) {
  options chosen;
  CLI::App app{"Plays a machine that boots: makes logs, and extends a software TPM by them.",
               "troth-tpm-replay"};
  app.set_version_flag("--version", "troth-tpm-replay " TROTH_VERSION);
  app.require_subcommand(0, 1);
  app.add_option("--tcti", chosen.tcti, "The TPM, e.g. swtpm:host=127.0.0.1,port=2331");
  app.add_option("--boot-log", chosen.boot_log, "A TCG event log to extend the TPM by");
  app.add_option("--ima-list", chosen.ima_list, "A binary IMA list to extend the TPM by");

  auto* boot = app.add_subcommand("make-boot-log", "Makes the boot log of an example machine");
  boot->add_option("--out", chosen.out, "The file to write")->required();
  auto* list = app.add_subcommand("make-ima-list", "Makes an IMA list of real files");
  list->add_option("--out", chosen.out, "The file to write")->required();
  list->add_option("--boot-log", chosen.boot_log, "The log that its boot_aggregate is over");
  list->add_option("files", chosen.files, "The files measured")->required();
  auto* one = app.add_subcommand("measure", "Adds files to an IMA list and extends the TPM");
  one->add_option("--tcti", chosen.tcti, "The TPM")->required();
  one->add_option("--ima-list", chosen.ima_list, "The list to add to")->required();
  one->add_option("files", chosen.files, "The files measured")->required();
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty() && chosen.tcti.empty())
      throw CLI::RequiredError{"--tcti"};
    if (app.get_subcommands().empty() && chosen.boot_log.empty() && chosen.ima_list.empty())
      throw CLI::RequiredError{"--boot-log or --ima-list"};
  } catch (const CLI::ParseError& why) { // --help and --version too
    return app.exit(why) == 0 ? services::exit_code::good : services::exit_code::usage;
  }
  if (*boot)
    return make_boot_log(chosen);
  if (*list)
    return make_ima_list(chosen);
  return *one ? measure(chosen) : replay(chosen);
}

} // namespace

int main(int argc, char** argv) {
  try {
    device::quiet_tpm_library();
    return run(argc, argv);
  } catch (const std::exception& why) {
    std::cerr << "troth-tpm-replay: " << why.what() << '\n';
    return services::exit_code::internal;
  }
}
