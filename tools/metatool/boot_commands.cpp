#include "shared/endorsement/boot_path.hpp"
#include "shared/endorsement/reference_values.hpp"
#include "shared/files/files.hpp"
#include "tools/metatool/commands.hpp"
#include "tools/metatool/create.hpp"
#include "tools/metatool/registers.hpp"
#include "tools/metatool/remarks.hpp"

#include <utility>
#include <vector>

namespace troth::metatool {

namespace {

using endorsement::pcr_component;

/// What systemd's stub and boot loader measure: an image that the firmware starts.
result<std::vector<pcr_component>> with_systemd(const from_boot_options& options, byte_view content,
                                                std::span<const hash_algorithm> banks) {
  const auto image = evidence::pe::parse_image(content);
  if (!image)
    return in_file(image.error(), options.image);
  std::vector<pcr_component> out{
    endorsement::started_image(*image, options.image.filename().string(), banks)};
  const auto sections = endorsement::unified_kernel(*image, banks);
  if (sections)
    out.insert(out.end(), sections->begin(), sections->end());
  else if (options.command_line.empty()) // a plain kernel has none of its own
    return in_file(sections.error(), options.image);
  if (options.command_line.empty())
    return out;
  auto line = endorsement::systemd_command_line(options.command_line, banks);
  if (!line)
    return line.error();
  out.push_back(*std::move(line));
  return out;
}

/// What GRUB measures of what it loads; of its own files and commands it measures more.
result<std::vector<pcr_component>> with_grub(const from_boot_options& options, byte_view kernel,
                                             std::span<const hash_algorithm> banks) {
  std::vector<pcr_component> out{endorsement::grub_command_line(options.command_line, banks),
                                 endorsement::grub_file(kernel, options.image.filename().string(),
                                                        banks)};
  if (!options.initrd.empty()) {
    const auto initrd = files::read(options.initrd, max_input);
    if (!initrd)
      return initrd.error();
    out.push_back(endorsement::grub_file(*initrd, options.initrd.filename().string(), banks));
  }
  return out;
}

result<bytes> make(const from_boot_options& options) {
  const auto banks = options.banks.empty()
                       ? result<std::vector<hash_algorithm>>{{hash_algorithm::sha256}}
                       : parse_banks(options.banks);
  if (!banks)
    return banks.error();
  const auto content = files::read(options.image, max_input);
  if (!content)
    return content.error();
  const auto events = options.loader == boot_loader::grub ? with_grub(options, *content, *banks)
                                                          : with_systemd(options, *content, *banks);
  if (!events)
    return events.error();
  if (options.format == precompute_format::reference_values) {
    std::vector<report::component> components;
    for (const auto& each : *events)
      components.push_back(each.value);
    return write_reference_values(components);
  }
  register_values expected;
  for (const auto bank : *banks) {
    auto values = endorsement::expected_pcrs(*events, bank);
    if (!values)
      return values.error();
    expected[bank] = *std::move(values);
  }
  return write_registers(expected, options.format);
}

} // namespace

terminal::exit_code run(const from_boot_options& options, const ports& world) {
  return write_or_print(make(options), options.out, world);
}

} // namespace troth::metatool
