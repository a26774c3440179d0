#include "tools/metatool/arguments.hpp"

namespace troth::metatool {

namespace {

using terminal::add_choice;

const std::map<std::string, report::encoding> encodings{{"json", report::encoding::json},
                                                        {"cbor", report::encoding::cbor}};
const std::map<std::string, boot_loader> loaders{{"systemd", boot_loader::systemd},
                                                 {"grub", boot_loader::grub}};
const std::map<std::string, firmware_anchor> firmware_anchors{{"snp", firmware_anchor::snp},
                                                              {"tdx", firmware_anchor::tdx}};
const std::map<std::string, endorsement::hypervisor> hypervisors{
  {"qemu", endorsement::hypervisor::qemu},
  {"ec2", endorsement::hypervisor::ec2},
  {"gce", endorsement::hypervisor::gce}};
const std::map<std::string, endorsement::page_order> page_orders{
  {"pages", endorsement::page_order::page_by_page},
  {"sections", endorsement::page_order::section_by_section}};
const std::map<std::string, digest_format> digest_formats{
  {"reference-values", digest_format::reference_values}, {"hex", digest_format::hex}};
const std::map<std::string, crypto::key_kind> key_kinds{{"p256", crypto::key_kind::p256},
                                                        {"p384", crypto::key_kind::p384},
                                                        {"rsa2048", crypto::key_kind::rsa2048}};

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

} // namespace

const std::map<std::string, precompute_format> precompute_formats{
  {"table", precompute_format::table},
  {"json", precompute_format::json},
  {"reference-values", precompute_format::reference_values}};

void add_arguments(CLI::App& app, create_manifest_options& into) {
  add_info(app, into.manifest.info);
  auto& manifest = into.manifest;
  app.add_option("--developer", manifest.developer, "Common name of the developer");
  app.add_option("--base-layer", manifest.base_layers,
                 "Manifest it builds on; repeatable; itself if absent: a root manifest");
  app.add_option("--certification-level", manifest.certification_level, "0 if absent");
  app.add_option("--ca-fingerprint", manifest.ca_fingerprints,
                 "SHA-256 in hex of a hardware root it accepts; repeatable");
  app.add_option("--ca-certificate", into.ca_certificates,
                 "PEM of a hardware root it accepts; repeatable");
  app.add_option("--status-server", manifest.omsp_server, "URL that tells its status");
  app.add_option("--reference-values", into.reference_values,
                 "File of from-logs or precompute; repeatable");
  for (const auto& [option, file] : {std::pair{"--snp-policy", &into.snp_policy},
                                     {"--tdx-policy", &into.tdx_policy},
                                     {"--sgx-policy", &into.sgx_policy}})
    app.add_option(option, *file, "JSON file of what it demands of such hardware");
  app.add_option("--details", into.details, "JSON file of what else there is to say, an object");
  add_out(app, into.out, into.encoding);
}

void add_arguments(CLI::App& app, create_image_options& into) {
  add_info(app, into.image.info);
  app.add_option("--location", into.image.location, "Where the machine stands");
  app.add_option("--manifest", into.image.manifests, "Name of a manifest of the image; repeatable");
  app.add_option("--manifest-description", into.manifest_descriptions,
                 "File of create manifest-description; repeatable");
  add_out(app, into.out, into.encoding);
}

void add_arguments(CLI::App& app, create_company_options& into) {
  add_info(app, into.info);
  add_out(app, into.out, into.encoding);
}

void add_arguments(CLI::App& app, create_manifest_description_options& into) {
  auto& description = into.description;
  app.add_option("--name", description.name, "Unique name")->required();
  app.add_option("--description", description.description, "For people");
  app.add_option("--manifest", description.manifest, "The manifest's name")->required();
  app.add_option("--oci-rules", into.oci_rules, "JSON file of how its containers may differ");
  app.add_option("--out", into.out, "File to write")->required();
}

void add_arguments(CLI::App& app, create_status_options& into) {
  app.add_option("--server", into.server, "As the manifests name it")->required();
  app.add_option("--good", into.good, "Signed manifest; repeatable");
  app.add_option("--outdated", into.outdated, "Signed manifest; repeatable");
  app.add_option("--revoked", into.revoked, "Signed manifest; repeatable");
  app.add_option("--reason", into.reason, "Of the revoked");
  app.add_option("--days", into.days, "Until it ends; 7 if absent")->check(CLI::Range(1, 3650));
  add_out(app, into.out, into.encoding);
}

void add_arguments(CLI::App& app, create_key_options& into) {
  app.add_option("--handle", into.handle, "Where the TPM keeps it, e.g. 0x81010010")->required();
  app.add_option("--tcti", into.tcti, "How to reach the TPM")->required();
  app.add_option("--password-file", into.password, "Of the key; none if absent");
  add_choice(app, "--kind", into.kind, key_kinds, "p256 if absent");
  app.add_option("--out", into.out, "File for its public half, in PEM")->required();
}

void add_arguments(CLI::App& app, from_files_options& into) {
  app.add_option("FOLDER", into.folder, "Files of the machine, e.g. a mounted image")->required();
  app.add_option("--prefix", into.tree.prefix, "Where the folder is there; / if absent");
  app.add_option("--template", into.tree.ima_template, "IMA's; ima-ng if absent")
    ->check(CLI::IsMember({"ima-ng", "ima-sig"}));
  app.add_flag("--executables", into.tree.executables_only,
               "Only files to execute, and shared objects");
  app.add_option("--out", into.out, "File to write")->required();
}

void add_arguments(CLI::App& app, from_container_options& into) {
  auto* const what = app.add_option_group("file system", "Of the container");
  what->add_option("--rootfs", into.folder, "Folder: the rootfs of a bundle");
  what->add_option("--image", into.archive, "Archive: of docker save, or an OCI layout");
  what->require_option(1);
  app.add_flag("--docker", into.is_docker,
               "With --image: add what dockerd puts into each container");
  app.add_option("--config", into.configuration, "The runtime's configuration, config.json")
    ->required();
  app.add_option("--id", into.id, "The container's id that stands in it")->required();
  app.add_option("--name", into.name, "For people")->required();
  app.add_option("--anchor", into.trust_anchor, "SW if absent")
    ->check(CLI::IsMember({"SW", "TPM"}));
  app.add_option("--pcr", into.pcr, "Of a TPM, into which it is measured")
    ->check(CLI::Range(8, 15));
  app.add_option("--out", into.out, "File to write")->required();
}

void add_arguments(CLI::App& app, from_boot_options& into) {
  add_choice(app, "--loader", into.loader, loaders, "systemd if absent");
  app.add_option("--image", into.image, "Unified kernel image; of GRUB, the kernel")->required();
  app.add_option("--initrd", into.initrd, "That GRUB loads");
  app.add_option("--command-line", into.command_line,
                 "That the loader hands over; GRUB's begins with the kernel's path");
  app.add_option("--banks", into.banks, "E.g. sha256,sha384; sha256 if absent")
    ->check(is_read_by(parse_banks));
  add_choice(app, "--format", into.format, precompute_formats,
             "reference-values if absent; the others tell what registers hold after them alone");
  app.add_option("--out", into.out, "File to write; printed if absent");
}

void add_arguments(CLI::App& app, from_evidence_options& into) {
  app
    .add_option("FILE", into.evidence,
                "SNP report, SGX or TDX quote, Azure's HCL report; nothing is verified")
    ->required();
  app.add_option("--event-log", into.event_log, "Of a trust domain: CCEL");
  app.add_option("--product", into.product, "Of an SNP report that names no processor")
    ->check(CLI::IsMember({"milan", "genoa", "turin"}));
  app.add_option("--policy", into.policy, "File to write: for --snp-policy and the like")
    ->required();
  app.add_option("--out", into.out, "File to write: for --reference-values")->required();
}

void add_arguments(CLI::App& app, from_firmware_options& into) {
  add_choice(app, "--anchor", into.anchor, firmware_anchors, "Of the guest")->required();
  app.add_option("--image", into.image, "The guest's firmware: OVMF")->required();
  auto* const snp = app.add_option_group("snp", "How SNP guests are started");
  add_choice(*snp, "--hypervisor", into.hypervisor, hypervisors, "qemu if absent");
  snp->add_option("--vcpus", into.processors, "How many processors the guest has");
  auto* const type = snp->add_option("--vcpu-type", into.processor,
                                     "QEMU's name of its processors, e.g. EPYC-Milan");
  snp
    ->add_option("--vcpu-signature", into.processor_signature, "CPUID 1 EAX of them, e.g. 0xa00f11")
    ->excludes(type);
  snp->add_option("--guest-features", into.guest_features, "SEV_FEATURES, e.g. 0x21; 1 if absent");
  auto* const kernel = snp->add_option("--kernel", into.kernel,
                                       "That the hypervisor boots without a loader");
  snp->add_option("--initrd", into.initrd, "Likewise")->needs(kernel);
  snp->add_option("--command-line", into.command_line, "Of that kernel")->needs(kernel);
  auto* const tdx = app.add_option_group("tdx", "How trust domains are started");
  add_choice(*tdx, "--page-order", into.order, page_orders,
             "In which memory is measured; pages if absent, sections by kernels before TDX was in "
             "Linux");
  add_choice(app, "--format", into.format, digest_formats, "reference-values if absent");
  app.add_option("--out", into.out, "File to write; printed if absent");
}

} // namespace troth::metatool
