#include "shared/endorsement/boot_path.hpp"

#include "shared/crypto/hash.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace troth::endorsement {

namespace {

constexpr std::uint32_t started_pcr = 4;
constexpr std::uint32_t grub_string_pcr = 8;
constexpr std::uint32_t grub_file_pcr = 9;
constexpr std::uint32_t kernel_image_pcr = 11;
constexpr std::uint32_t kernel_parameters_pcr = 12;
constexpr std::size_t zeros_bytes = 4096;

/// In the order in which the stub measures them. Older ones know fewer, in the same order. The
/// signature of the expected value is not measured.
constexpr std::array<std::string_view, 10> measured_sections{".linux",  ".osrel", ".cmdline",
                                                             ".initrd", ".ucode", ".splash",
                                                             ".dtb",    ".uname", ".sbat",
                                                             ".pcrpkey"};

pcr_component make(std::uint32_t pcr, std::string_view name, std::string_view description,
                   std::vector<digest> hashes) {
  report::component out;
  out.type = component_type(pcr);
  out.name = name;
  out.hashes = std::move(hashes);
  out.description = description;
  out.properties = {{std::string{report::property_trust_anchor}, "TPM"},
                    {std::string{report::property_index}, std::to_string(pcr)}};
  return {pcr, std::move(out)};
}

std::vector<digest> hash_in(std::span<const hash_algorithm> banks,
                            std::span<const byte_view> parts) {
  std::vector<digest> out;
  for (const auto bank : banks) {
    crypto::running_hash sum{bank};
    for (const auto part : parts)
      sum.add(part);
    out.push_back(sum.finish());
  }
  return out;
}

std::vector<digest> hash_in(std::span<const hash_algorithm> banks, byte_view whole) {
  return hash_in(banks, std::span{&whole, 1});
}

/// Returns what a section is in memory: the file's part, and zeros.
std::vector<digest> hash_section(std::span<const hash_algorithm> banks,
                                 const evidence::pe::section& of) {
  static const bytes zeros(zeros_bytes);
  std::vector<byte_view> parts{of.content};
  for (auto left = of.memory_bytes - of.content.size(); left != 0;) {
    parts.push_back(byte_view{zeros}.first(std::min<std::size_t>(left, zeros_bytes)));
    left -= parts.back().size();
  }
  return hash_in(banks, parts);
}

/// UTF-16, as UEFI has texts, with the zero at the end.
bytes to_utf16(std::string_view ascii) {
  bytes out;
  for (const auto c : ascii)
    out.insert(out.end(), {static_cast<std::uint8_t>(c), 0});
  out.insert(out.end(), 2, 0);
  return out;
}

} // namespace

pcr_component started_image(const evidence::pe::image& image, std::string_view name,
                            std::span<const hash_algorithm> banks) {
  return make(started_pcr, "EV_EFI_BOOT_SERVICES_APPLICATION", name,
              hash_in(banks, image.signed_parts));
}

result<std::vector<pcr_component>> unified_kernel(const evidence::pe::image& image,
                                                  std::span<const hash_algorithm> banks) {
  std::vector<pcr_component> out;
  for (const auto name : measured_sections) {
    const auto found = std::ranges::find(image.sections, name, &evidence::pe::section::name);
    if (found == image.sections.end() || found->memory_bytes == 0)
      continue;
    auto with_zero = to_bytes(name);
    with_zero.push_back(0);
    out.push_back(
      make(kernel_image_pcr, "EV_IPL", std::string{name} + ": name", hash_in(banks, with_zero)));
    out.push_back(make(kernel_image_pcr, "EV_IPL", name, hash_section(banks, *found)));
  }
  if (out.empty() || out.front().value.description != ".linux: name")
    return error{errc::missing, "pe.section .linux: not a unified kernel image"};
  return out;
}

result<pcr_component> systemd_command_line(std::string_view text,
                                           std::span<const hash_algorithm> banks) {
  if (std::ranges::any_of(text, [](char c) { return c < ' ' || c > '~'; }))
    return error{errc::malformed, "command line: expected printable ASCII"};
  return make(kernel_parameters_pcr, "EV_IPL", text, hash_in(banks, to_utf16(text)));
}

pcr_component grub_file(byte_view content, std::string_view name,
                        std::span<const hash_algorithm> banks) {
  return make(grub_file_pcr, "EV_IPL", name, hash_in(banks, content));
}

pcr_component grub_command_line(std::string_view text, std::span<const hash_algorithm> banks) {
  return make(grub_string_pcr, "EV_IPL", "kernel_cmdline: " + std::string{text},
              hash_in(banks, to_bytes(text)));
}

} // namespace troth::endorsement
