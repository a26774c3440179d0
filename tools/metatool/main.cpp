// troth-metatool: creates, signs, converts and shows metadata, and takes reference values from
// logs. Reads its command line; commands.hpp does the rest.

#include "tools/metatool/commands.hpp"
#include "tools/terminal/options.hpp"

#include <iostream>
#include <map>
#include <unistd.h>

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
const std::map<std::string, precompute_format> precompute_formats{
  {"table", precompute_format::table},
  {"json", precompute_format::json},
  {"reference-values", precompute_format::reference_values}};
const std::map<std::string, endorsement::ima_extend> extends{
  {"hashed", endorsement::ima_extend::hashed}, {"padded", endorsement::ima_extend::padded}};
const std::map<std::string, subject> subjects{{"report", subject::report},
                                              {"metadata", subject::metadata},
                                              {"event-log", subject::event_log},
                                              {"ima-list", subject::ima_list}};

void add_info(CLI::App& app, info_options& into) {
  app.add_option("--name", into.name, "Unique name of the item")->required();
  app.add_option("--description", into.description, "For people");
  app
    .add_option("--version-time", into.version,
                "RFC 3339; the newest of a name is used; now if absent")
    ->check(terminal::is_time());
  app.add_option("--not-before", into.not_before, "RFC 3339; now if absent")
    ->check(terminal::is_time());
  app.add_option("--not-after", into.not_after, "RFC 3339; a year after --not-before if absent")
    ->check(terminal::is_time());
}

void add_out(CLI::App& app, path& out, report::encoding& encoding) {
  app.add_option("--out", out, "File to write")->required();
  add_choice(app, "--format", encoding, encodings, "json if absent");
}

/// Refuses what `parse` does.
template <class Parse>
CLI::Validator is_read_by(Parse parse) {
  return {[parse](const std::string& text) {
            const auto read = parse(text);
            return read ? std::string{} : read.error().where;
          },
          ""};
}

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
    app_.require_subcommand(1);
    create_->require_subcommand(1);
    app_.footer("Exits with 0: done, 1: verify failed, diff found something, 2: wrong usage or "
                "input, 4: file, 6: malfunction.");
    add_create();
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
  void add_create() {
    add_info(*manifest_, manifest_options_.manifest.info);
    auto& manifest = manifest_options_.manifest;
    manifest_->add_option("--developer", manifest.developer, "Common name of the developer");
    manifest_->add_option("--base-layer", manifest.base_layers,
                          "Manifest it builds on; repeatable; itself if absent: a root manifest");
    manifest_->add_option("--certification-level", manifest.certification_level, "0 if absent");
    manifest_->add_option("--ca-fingerprint", manifest.ca_fingerprints,
                          "SHA-256 in hex of a hardware root it accepts; repeatable");
    manifest_->add_option("--ca-certificate", manifest_options_.ca_certificates,
                          "PEM of a hardware root it accepts; repeatable");
    manifest_->add_option("--status-server", manifest.omsp_server, "URL that tells its status");
    manifest_->add_option("--reference-values", manifest_options_.reference_values,
                          "File of from-logs or precompute; repeatable");
    for (const auto& [option, file] : {std::pair{"--snp-policy", &manifest_options_.snp_policy},
                                       {"--tdx-policy", &manifest_options_.tdx_policy},
                                       {"--sgx-policy", &manifest_options_.sgx_policy}})
      manifest_->add_option(option, *file, "JSON file of what it demands of such hardware");
    add_out(*manifest_, manifest_options_.out, manifest_options_.encoding);

    add_info(*image_, image_options_.image.info);
    image_->add_option("--location", image_options_.image.location, "Where the machine stands");
    image_->add_option("--manifest", image_options_.image.manifests,
                       "Name of a manifest of the image; repeatable");
    image_->add_option("--manifest-description", image_options_.manifest_descriptions,
                       "File of create manifest-description; repeatable");
    add_out(*image_, image_options_.out, image_options_.encoding);

    auto& description = description_options_.description;
    description_->add_option("--name", description.name, "Unique name")->required();
    description_->add_option("--description", description.description, "For people");
    description_->add_option("--manifest", description.manifest, "The manifest's name")->required();
    description_->add_option("--oci-rules", description_options_.oci_rules,
                             "JSON file of how its containers may differ");
    description_->add_option("--out", description_options_.out, "File to write")->required();

    status_->add_option("--server", status_options_.server, "As the manifests name it")->required();
    status_->add_option("--good", status_options_.good, "Signed manifest; repeatable");
    status_->add_option("--outdated", status_options_.outdated, "Signed manifest; repeatable");
    status_->add_option("--revoked", status_options_.revoked, "Signed manifest; repeatable");
    status_->add_option("--reason", status_options_.reason, "Of the revoked");
    status_->add_option("--days", status_options_.days, "Until it ends; 7 if absent")
      ->check(CLI::Range(1, 3650));
    add_out(*status_, status_options_.out, status_options_.encoding);
  }

  void add_log_commands() {
    add_logs(*from_logs_, taking_.event_log, taking_.ima_list, taking_.logs, written_);
    from_logs_->add_option("--out", taking_.out, "File to write")->required();
    add_logs(*precompute_, computing_.event_log, computing_.ima_list, computing_.logs, written_);
    precompute_->add_option("--out", computing_.out, "File to write; printed if absent");
    add_choice(*precompute_, "--format", computing_.format, precompute_formats,
               "table if absent; reference-values is for machines that send no logs");

    from_files_->add_option("FOLDER", walking_.folder, "Files of the machine, e.g. a mounted image")
      ->required();
    from_files_->add_option("--prefix", walking_.tree.prefix,
                            "Where the folder is there; / if absent");
    from_files_->add_option("--template", walking_.tree.ima_template, "IMA's; ima-ng if absent")
      ->check(CLI::IsMember({"ima-ng", "ima-sig"}));
    from_files_->add_flag("--executables", walking_.tree.executables_only,
                          "Only files to execute, and shared objects");
    from_files_->add_option("--out", walking_.out, "File to write")->required();
  }

  void add_file_commands() {
    sign_->add_option("--key", signing_.keys, "PEM; repeatable")->required();
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

    difference_->add_option("BEFORE", differing_.before, "Item, signed or not")->required();
    difference_->add_option("AFTER", differing_.after, "Item, signed or not")->required();

    inspect_->add_option("FILE", showing_.in, "Report, metadata item, boot log or IMA list")
      ->required();
    add_choice(*inspect_, "--as", showing_.how.as, subjects, "What it is, if that is not plain");
    inspect_->add_flag("--verbose", showing_.how.with_events, "Each event, component and file");
  }

  int dispatch(const ports& world) {
    if (manifest_->parsed())
      return create(manifest_options_, world);
    if (image_->parsed())
      return create(image_options_, world);
    if (description_->parsed())
      return create(description_options_, world);
    if (status_->parsed())
      return create(status_options_, world);
    if (from_files_->parsed())
      return metatool::run(walking_, world);
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
  CLI::App* description_ = create_->add_subcommand("manifest-description",
                                                   "How an image uses a manifest");
  CLI::App* status_ = create_->add_subcommand("status", "Whether manifests are still good");
  CLI::App* from_files_
    = app_.add_subcommand("from-files", "Make reference values for IMA of the files in a folder");
  CLI::App* verify_ = app_.add_subcommand("verify", "Verify a signed item as a verifier does");
  CLI::App* difference_ = app_.add_subcommand("diff", "Tell what two items differ in");
  CLI::App* from_logs_
    = app_.add_subcommand("from-logs", "Take reference values from a known-good machine's logs");
  CLI::App* precompute_ = app_.add_subcommand("precompute", "Tell what logs lead to in the PCRs");
  CLI::App* sign_ = app_.add_subcommand("sign", "Sign an item");
  CLI::App* convert_ = app_.add_subcommand("convert", "Turn an unsigned item into JSON or CBOR");
  CLI::App* inspect_ = app_.add_subcommand("inspect", "Show a file; nothing is verified");
  log_arguments written_;
  create_manifest_options manifest_options_;
  create_image_options image_options_;
  create_manifest_description_options description_options_;
  create_status_options status_options_;
  from_files_options walking_;
  verify_file_options verifying_;
  difference_options differing_;
  from_logs_options taking_;
  precompute_options computing_;
  sign_options signing_;
  convert_options converting_;
  inspect_file_options showing_;
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
