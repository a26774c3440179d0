// troth-metatool: creates, signs, converts and shows metadata, and takes reference values from
// logs. Reads its command line; commands.hpp does the rest.

#include "tools/metatool/arguments.hpp"
#include "tools/metatool/commands.hpp"
#include "tools/terminal/options.hpp"
#include "tools/terminal/pages.hpp"

#include <iostream>
#include <map>
#include <unistd.h>
#include <utility>

namespace {

using namespace troth;
using namespace troth::metatool;
using terminal::add_choice;

const std::map<std::string, report::encoding> encodings{{"json", report::encoding::json},
                                                        {"cbor", report::encoding::cbor}};
const std::map<std::string, signature_format> signature_formats{{"jws", signature_format::jws},
                                                                {"cose", signature_format::cose}};
const std::map<std::string, rsa_padding> paddings{{"pkcs1", rsa_padding::pkcs1},
                                                  {"pss", rsa_padding::pss}};
const std::map<std::string, endorsement::ima_extend> extends{
  {"hashed", endorsement::ima_extend::hashed}, {"padded", endorsement::ima_extend::padded}};
const std::map<std::string, subject> subjects{{"report", subject::report},
                                              {"metadata", subject::metadata},
                                              {"event-log", subject::event_log},
                                              {"ima-list", subject::ima_list}};

/// What is said of logs, as it was written.
struct log_arguments {
  std::string pcrs;
  std::string banks;
};

void add_logs(CLI::App& app, path& event_log, path& ima_list, log_options& into,
              log_arguments& written) {
  auto* const logs = app.add_option_group("logs", "Of the known-good machine");
  logs->add_option("--event-log", event_log, "Boot log: binary_bios_measurements");
  logs->add_option("--ima-list", ima_list, "IMA list: binary_ or ascii_runtime_measurements");
  logs->require_option(1, 2);
  app.add_option("--pcrs", written.pcrs, "Of the boot log, e.g. 0-7,14; all if absent")
    ->check(is_read_by(parse_pcrs));
  app.add_option("--banks", written.banks, "E.g. sha256,sha384; those of the log if absent")
    ->check(is_read_by(parse_banks));
  add_choice(app, "--ima-extend", into.extend, extends,
             "What the kernel extends for a file; padded before Linux 5.8");
}

void finish(log_options& into, const log_arguments& written) {
  if (!written.pcrs.empty())
    into.pcrs = *parse_pcrs(written.pcrs);
  if (!written.banks.empty())
    into.banks = *parse_banks(written.banks);
}

class program {
public:
  program() {
    app_.set_version_flag("--version", "troth-metatool " TROTH_VERSION);
    terminal::add_pages(app_, TROTH_VERSION);
    terminal::require_command(app_);
    create_->require_subcommand(1);
    app_.footer("Exits with 0: done, 1: verify failed, diff found something, 2: wrong usage or "
                "input, 4: file, 6: malfunction.");
    add_arguments(*manifest_, manifest_options_);
    add_arguments(*image_, image_options_);
    add_arguments(*company_, company_options_);
    add_arguments(*description_, description_options_);
    add_arguments(*status_, status_options_);
    add_arguments(*key_, key_options_);
    add_log_commands();
    add_file_commands();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& why) { // --help and --version too
      return app_.exit(why) == 0 ? terminal::good : terminal::usage;
    }
    finish(taking_.logs, written_);
    finish(computing_.logs, written_);
    if (isatty(STDOUT_FILENO) != 0)
      showing_.how.to = verifying_.how.to = terminal::screen::terminal;
    return dispatch(
      {std::cout, std::cerr, std::chrono::system_clock::now(), isatty(STDERR_FILENO) != 0});
  }

private:
  void add_log_commands() {
    add_logs(*from_logs_, taking_.event_log, taking_.ima_list, taking_.logs, written_);
    from_logs_->add_option("--out", taking_.out, "File to write")->required();
    add_logs(*precompute_, computing_.event_log, computing_.ima_list, computing_.logs, written_);
    precompute_->add_option("--out", computing_.out, "File to write; printed if absent");
    add_choice(*precompute_, "--format", computing_.format, precompute_formats,
               "table if absent; reference-values is for machines that send no logs");

    add_arguments(*from_files_, walking_);
    add_arguments(*from_container_, packing_);
    add_arguments(*from_boot_, booting_);
    add_arguments(*from_evidence_, describing_);
    add_arguments(*from_firmware_, launching_);
  }

  void add_file_commands() {
    sign_->add_option("--key", signing_.keys, "PEM, or tpm:HANDLE for one in a TPM; repeatable")
      ->required();
    sign_->add_option("--tcti", signing_.tcti, "How to reach the TPM, e.g. device:/dev/tpmrm0");
    sign_->add_option("--tpm-password-file", signing_.tpm_password,
                      "Of its keys, if they have one");
    sign_
      ->add_option("--certs", signing_.certificates,
                   "PEM files of that key, leaf first, separated by commas; repeatable")
      ->required();
    add_choice(*sign_, "--format", signing_.format, signature_formats, "Of the signed item")
      ->required();
    add_choice(*sign_, "--rsa-padding", signing_.padding, paddings,
               "pkcs1 if absent; the reference reads no pss");
    sign_->add_option("--in", signing_.in, "Unsigned item, JSON or CBOR")->required();
    sign_->add_option("--out", signing_.out, "File to write")->required();

    convert_->add_option("--in", converting_.in, "Unsigned item, JSON or CBOR")->required();
    convert_->add_option("--out", converting_.out, "File to write")->required();
    add_choice(*convert_, "--to", converting_.to, encodings, "Of the new file")->required();

    verify_->add_option("FILE", verifying_.in, "Signed item")->required();
    verify_->add_option("--roots", verifying_.roots, "PEM of the CAs; repeatable")->required();
    verify_->add_option("--time", verifying_.at, "RFC 3339; now if absent")
      ->check(terminal::is_time());
    verify_->add_option("--signers", verifying_.how.minimum_signers,
                        "How many at least; 1 if absent");
    verify_->add_flag("--any-eku", verifying_.how.accepts_any_eku,
                      "Take signers of any role, as the reference does");

    add_collateral_commands();

    difference_->add_option("BEFORE", differing_.before, "Item, signed or not")->required();
    difference_->add_option("AFTER", differing_.after, "Item, signed or not")->required();

    inspect_->add_option("FILE", showing_.in, "Report, metadata item, boot log or IMA list")
      ->required();
    add_choice(*inspect_, "--as", showing_.how.as, subjects, "What it is, if that is not plain");
    inspect_->add_flag("--verbose", showing_.how.with_events, "Each event, component and file");
  }

  void add_collateral_commands() {
    collateral_->require_subcommand(1);
    for (const auto& [command, folder] :
         {std::pair{held_, &showing_held_.folder}, std::pair{export_, &exporting_.folder},
          std::pair{import_, &importing_.folder}})
      command->add_option("FOLDER", *folder, "A verifier's collateral.folder")->required();
    export_->add_option("--out", exporting_.out, "Bundle to write")->required();
    import_->add_option("--in", importing_.in, "Bundle that was exported elsewhere")->required();
    import_->add_option("--roots", importing_.roots,
                        "PEM of vendors' roots beside those that are pinned; repeatable");
  }

  int dispatch(const ports& world) {
    if (held_->parsed())
      return metatool::run(showing_held_, world);
    if (export_->parsed())
      return metatool::run(exporting_, world);
    if (import_->parsed())
      return metatool::run(importing_, world);
    if (manifest_->parsed())
      return create(manifest_options_, world);
    if (image_->parsed())
      return create(image_options_, world);
    if (company_->parsed())
      return create(company_options_, world);
    if (description_->parsed())
      return create(description_options_, world);
    if (status_->parsed())
      return create(status_options_, world);
    if (key_->parsed())
      return create(key_options_, world);
    if (from_files_->parsed())
      return metatool::run(walking_, world);
    if (from_container_->parsed())
      return metatool::run(packing_, world);
    if (from_boot_->parsed())
      return metatool::run(booting_, world);
    if (from_evidence_->parsed())
      return metatool::run(describing_, world);
    if (from_firmware_->parsed())
      return metatool::run(launching_, world);
    if (verify_->parsed())
      return metatool::run(verifying_, world);
    if (difference_->parsed())
      return metatool::run(differing_, world);
    if (from_logs_->parsed())
      return metatool::run(taking_, world);
    if (precompute_->parsed())
      return metatool::run(computing_, world);
    if (sign_->parsed())
      return metatool::run(signing_, world);
    if (convert_->parsed())
      return metatool::run(converting_, world);
    return metatool::run(showing_, world);
  }

  CLI::App app_{"Creates, signs, converts and shows metadata.", "troth-metatool"};
  CLI::App* create_ = app_.add_subcommand("create", "Make an unsigned item");
  CLI::App* manifest_ = create_->add_subcommand("manifest", "The software of one layer");
  CLI::App* image_ = create_->add_subcommand("image-description", "The manifests of a machine");
  CLI::App* company_ = create_->add_subcommand("company-description", "Who runs the machine");
  CLI::App* description_ = create_->add_subcommand("manifest-description",
                                                   "How an image uses a manifest");
  CLI::App* status_ = create_->add_subcommand("status", "Whether manifests are still good");
  CLI::App* key_ = create_->add_subcommand("key", "A key in a TPM, for sign; it never leaves it");
  CLI::App* from_files_
    = app_.add_subcommand("from-files", "Make reference values for IMA of the files in a folder");
  CLI::App* from_container_ = app_.add_subcommand("from-container",
                                                  "Make the reference value of a container");
  CLI::App* from_boot_ = app_.add_subcommand("from-boot", "Compute what booting a kernel measures");
  CLI::App* from_evidence_ = app_.add_subcommand(
    "from-evidence", "Take policy and reference values from known-good hardware's evidence");
  CLI::App* from_firmware_ = app_.add_subcommand(
    "from-firmware", "Compute what a processor measures of a confidential guest's firmware");
  CLI::App* verify_ = app_.add_subcommand("verify", "Verify a signed item as a verifier does");
  CLI::App* difference_ = app_.add_subcommand("diff", "Tell what two items differ in");
  CLI::App* from_logs_
    = app_.add_subcommand("from-logs", "Take reference values from a known-good machine's logs");
  CLI::App* precompute_ = app_.add_subcommand("precompute", "Tell what logs lead to in the PCRs");
  CLI::App* sign_ = app_.add_subcommand("sign", "Sign an item");
  CLI::App* convert_ = app_.add_subcommand("convert", "Turn an unsigned item into JSON or CBOR");
  CLI::App* inspect_ = app_.add_subcommand("inspect", "Show a file; nothing is verified");
  CLI::App* collateral_ = app_.add_subcommand("collateral", "What vendors say of their silicon");
  CLI::App* held_ = collateral_->add_subcommand("show", "List what a verifier holds");
  CLI::App* export_ = collateral_->add_subcommand("export", "Write all of it into one bundle");
  CLI::App* import_ = collateral_->add_subcommand("import", "Take in a bundle, for an island");
  log_arguments written_;
  create_manifest_options manifest_options_;
  create_image_options image_options_;
  create_company_options company_options_;
  create_manifest_description_options description_options_;
  create_status_options status_options_;
  create_key_options key_options_;
  from_files_options walking_;
  from_container_options packing_;
  from_boot_options booting_;
  from_evidence_options describing_;
  from_firmware_options launching_;
  verify_file_options verifying_;
  difference_options differing_;
  from_logs_options taking_;
  precompute_options computing_;
  sign_options signing_;
  convert_options converting_;
  inspect_file_options showing_;
  show_collateral_options showing_held_;
  export_collateral_options exporting_;
  import_collateral_options importing_;
};

} // namespace

int main(int argc, char** argv) {
  try {
    return program{}.run(argc, argv);
  } catch (const std::exception& why) {
    std::cerr << "troth-metatool: " << why.what() << '\n';
    return terminal::internal;
  }
}
