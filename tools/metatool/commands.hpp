#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/endorsement/snp_launch.hpp"
#include "shared/endorsement/td_launch.hpp"
#include "shared/report/report.hpp"
#include "tools/metatool/create.hpp"
#include "tools/metatool/file_tree.hpp"
#include "tools/metatool/inspect.hpp"
#include "tools/metatool/logs.hpp"
#include "tools/metatool/sign.hpp"
#include "tools/metatool/verify.hpp"
#include "tools/terminal/exit_code.hpp"

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
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
  bool shows_progress = false; ///< Whether somebody watches `err`.
};

struct create_manifest_options {
  manifest_options manifest;
  std::vector<path> reference_values; ///< As `from-logs` and `precompute` write them.
  std::vector<path> ca_certificates;  ///< PEM: each fingerprint is added to the manifest's.
  path snp_policy;                    ///< JSON, as the manifest has it; empty: none. Likewise:
  path tdx_policy;
  path sgx_policy;
  path details; ///< JSON: an object of whatever the author likes; empty: none.
  report::encoding encoding = report::encoding::json;
  path out;
};

struct create_image_options {
  image_options image;
  std::vector<path> manifest_descriptions; ///< As `create manifest-description` writes them.
  report::encoding encoding = report::encoding::json;
  path out;
};

struct create_company_options {
  info_options info;
  report::encoding encoding = report::encoding::json;
  path out;
};

struct create_manifest_description_options {
  report::manifest_description description;
  path oci_rules; ///< JSON; empty: none.
  path out;
};

struct create_status_options {
  std::string server;
  std::vector<path> good; ///< Signed manifests.
  std::vector<path> outdated;
  std::vector<path> revoked;
  std::string reason;     ///< Of the revoked.
  std::uint64_t days = 7; ///< Until the next update.
  report::encoding encoding = report::encoding::json;
  path out;
};

struct from_files_options {
  path folder;
  tree_options tree;
  path out;
};

struct from_container_options {
  path folder;  ///< The file system; this, or
  path archive; ///< an image.
  bool is_docker = false;
  path configuration; ///< The runtime's, `config.json`.
  std::string id;     ///< That stands in it.
  std::string name;
  std::string trust_anchor = "SW";
  std::uint32_t pcr = 0; ///< Of a TPM.
  path out;
};

enum class precompute_format : std::uint8_t { table, json, reference_values };

/// Who loads the kernel.
enum class boot_loader : std::uint8_t { systemd, grub };

struct from_boot_options {
  boot_loader loader = boot_loader::systemd;
  path image;  ///< A unified kernel image, or a kernel that the firmware starts.
  path initrd; ///< Of GRUB; empty: none.
  std::string command_line;
  std::string banks; ///< E.g. `sha256,sha384`.
  precompute_format format = precompute_format::reference_values;
  path out; ///< Empty: printed.
};

struct verify_file_options {
  std::vector<path> roots; ///< PEM.
  verify_options how;
  std::string at; ///< RFC 3339; empty: now.
  path in;
};

struct difference_options {
  path before;
  path after;
};

struct from_logs_options {
  path event_log;
  path ima_list;
  log_options logs;
  path out;
};

/// A policy and reference values of hardware that is to be like one that is known to be good.
struct from_evidence_options {
  path evidence;       ///< SNP report, SGX or TDX quote.
  path event_log;      ///< CCEL, of a trust domain; empty: none.
  std::string product; ///< Of an SNP report that names none.
  path policy;         ///< To write.
  path out;
};

enum class firmware_anchor : std::uint8_t { snp, tdx };
enum class digest_format : std::uint8_t { reference_values, hex };

/// How a hypervisor starts a confidential guest with a firmware.
struct from_firmware_options {
  firmware_anchor anchor = firmware_anchor::snp;
  path image;
  endorsement::hypervisor hypervisor = endorsement::hypervisor::qemu; ///< Of SNP. Likewise:
  std::size_t processors = 0;
  std::string processor;                            ///< QEMU's name of it; empty: by its signature.
  std::optional<std::uint32_t> processor_signature; ///< CPUID 1 EAX.
  std::uint64_t guest_features = 1;                 ///< SEV_FEATURES.
  path kernel; ///< That it boots without a loader; empty: none.
  path initrd;
  std::string command_line;
  endorsement::page_order order = endorsement::page_order::page_by_page; ///< Of TDX.
  digest_format format = digest_format::reference_values;
  path out; ///< Empty: printed.
};

struct precompute_options {
  path event_log;
  path ima_list;
  log_options logs;
  precompute_format format = precompute_format::table;
  path out; ///< Empty: what the process prints.
};

struct sign_options {
  std::vector<std::string> keys;         ///< PEM files, or `tpm:HANDLE`.
  std::string tcti;                      ///< How to reach the TPM.
  path tpm_password;                     ///< File with its keys' password; empty: they have none.
  std::vector<std::string> certificates; ///< For each key: PEM files, separated by commas.
  signature_format format = signature_format::jws;
  rsa_padding padding = rsa_padding::pkcs1;
  path in;
  path out;
};

struct create_key_options {
  std::string handle; ///< `0x81010010`.
  std::string tcti;
  path password; ///< File; empty: the key has none.
  crypto::key_kind kind = crypto::key_kind::p256;
  path out; ///< PEM: the public half.
};

struct convert_options {
  report::encoding to = report::encoding::json;
  path in;
  path out;
};

/// Folders are those of verifiers: `collateral.folder`.
struct show_collateral_options {
  path folder;
};

struct export_collateral_options {
  path folder;
  path out;
};

struct import_collateral_options {
  path folder;
  std::vector<path> roots; ///< PEM, of vendors beside those that are pinned.
  path in;
};

struct inspect_file_options {
  inspect_options how;
  path in;
};

terminal::exit_code create(const create_manifest_options& options, const ports& world);
terminal::exit_code create(const create_image_options& options, const ports& world);
terminal::exit_code create(const create_company_options& options, const ports& world);
terminal::exit_code create(const create_manifest_description_options& options, const ports& world);
terminal::exit_code create(const create_status_options& options, const ports& world);
terminal::exit_code create(const create_key_options& options, const ports& world);
terminal::exit_code run(const from_files_options& options, const ports& world);
terminal::exit_code run(const from_container_options& options, const ports& world);
terminal::exit_code run(const from_boot_options& options, const ports& world);
terminal::exit_code run(const verify_file_options& options, const ports& world);
terminal::exit_code run(const difference_options& options, const ports& world);
terminal::exit_code run(const from_logs_options& options, const ports& world);
terminal::exit_code run(const from_evidence_options& options, const ports& world);
terminal::exit_code run(const from_firmware_options& options, const ports& world);
terminal::exit_code run(const precompute_options& options, const ports& world);
terminal::exit_code run(const sign_options& options, const ports& world);
terminal::exit_code run(const convert_options& options, const ports& world);
terminal::exit_code run(const show_collateral_options& options, const ports& world);
terminal::exit_code run(const export_collateral_options& options, const ports& world);
terminal::exit_code run(const import_collateral_options& options, const ports& world);
terminal::exit_code run(const inspect_file_options& options, const ports& world);

} // namespace troth::metatool
