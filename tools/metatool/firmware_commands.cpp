#include "shared/base/hex.hpp"
#include "shared/endorsement/hardware_references.hpp"
#include "shared/files/files.hpp"
#include "tools/metatool/commands.hpp"
#include "tools/metatool/create.hpp"
#include "tools/metatool/remarks.hpp"

#include <optional>
#include <utility>

namespace troth::metatool {

namespace {

using endorsement::snp_launch;

/// What is booted without a loader, read.
struct boot_files {
  bytes kernel;
  bytes initrd;
};

result<boot_files> read_boot_files(const from_firmware_options& options) {
  boot_files out;
  for (const auto& [file, into] :
       {std::pair{&options.kernel, &out.kernel}, std::pair{&options.initrd, &out.initrd}}) {
    if (file->empty())
      continue;
    auto content = files::read(*file, max_input);
    if (!content)
      return content.error();
    *into = *std::move(content);
  }
  return out;
}

/// What the command line says of the processors. Only QEMU's guests start with their signature.
result<std::uint32_t> signature_of(const from_firmware_options& options) {
  if (options.hypervisor != endorsement::hypervisor::qemu)
    return std::uint32_t{0};
  if (!options.processor.empty())
    return endorsement::processor_signature(options.processor);
  if (!options.processor_signature)
    return error{errc::missing, "--vcpu-type or --vcpu-signature"};
  return *options.processor_signature;
}

result<report::component> snp_value(const from_firmware_options& options,
                                    const evidence::ovmf::image& image) {
  if (options.processors == 0)
    return error{errc::missing, "--vcpus"};
  const auto signature = signature_of(options);
  if (!signature)
    return signature.error();
  const auto boots = read_boot_files(options);
  if (!boots)
    return boots.error();
  snp_launch how{options.hypervisor, options.processors, *signature, options.guest_features,
                 std::nullopt};
  if (!options.kernel.empty())
    how.boots = {boots->kernel, boots->initrd, options.command_line};
  const auto made = endorsement::snp_launch_digest(image, how);
  if (!made)
    return made.error();
  return endorsement::launch_digest_value(*made);
}

result<report::component> tdx_value(const from_firmware_options& options,
                                    const evidence::ovmf::image& image) {
  const auto made = endorsement::td_launch_digest(image, options.order);
  if (!made)
    return made.error();
  return endorsement::mr_td_value(*made);
}

result<bytes> make(const from_firmware_options& options) {
  const auto content = files::read(options.image, max_input);
  if (!content)
    return content.error();
  const auto image = evidence::ovmf::parse_image(*content);
  if (!image)
    return in_file(image.error(), options.image);
  const auto value = options.anchor == firmware_anchor::snp ? snp_value(options, *image)
                                                            : tdx_value(options, *image);
  if (!value)
    return value.error();
  if (options.format == digest_format::hex)
    return to_bytes(hex(value->hashes.front().view()) + "\n");
  return write_reference_values({*value});
}

} // namespace

terminal::exit_code run(const from_firmware_options& options, const ports& world) {
  return write_or_print(make(options), options.out, world);
}

} // namespace troth::metatool
