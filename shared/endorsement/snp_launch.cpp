#include "shared/endorsement/snp_launch.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/endorsement/snp_save_area.hpp"
#include "shared/evidence/sgx/encode.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace troth::endorsement {

namespace {

using evidence::ovmf::page_size;
using evidence::ovmf::snp_section;
using evidence::ovmf::snp_section_kind;
using evidence::sgx::encoder;

constexpr auto launch_hash = hash_algorithm::sha384;

/// PAGE_TYPE of SNP_LAUNCH_UPDATE.
enum class page_type : std::uint8_t {
  normal = 1,
  save_area = 2,
  zero = 3,
  unmeasured = 4,
  secrets = 5,
  cpuid = 6,
};

/// The digest of an SNP guest while it grows.
class launch_context {
public:
  void add(page_type type, std::uint64_t address, const digest& contents) {
    encoder info;
    info.raw(value_.view())
      .raw(contents.view())
      .number(page_info_bytes, 2)
      .number(static_cast<std::uint8_t>(type), 1)
      .zeros(5) // no migration agent, no permissions of lower levels
      .number(address, 8);
    value_ = crypto::hash(launch_hash, std::move(info).take());
  }

  void add_pages(std::uint64_t address, byte_view content) {
    for (std::size_t at = 0; at < content.size(); at += page_size)
      add(page_type::normal, address + at,
          crypto::hash(launch_hash, content.subspan(at, page_size)));
  }

  /// Adds pages whose content is not hashed.
  void add_empty(page_type type, std::uint64_t address, std::uint64_t size) {
    for (std::uint64_t at = 0; at < size; at += page_size)
      add(type, address + at, digest{launch_hash});
  }

  void add_save_area(const guest_page& page) {
    constexpr std::uint64_t no_address = 0xfffffffff000;
    add(page_type::save_area, no_address, crypto::hash(launch_hash, page));
  }

  const digest& value() const { return value_; }

private:
  static constexpr std::size_t page_info_bytes = 0x70;
  digest value_{launch_hash};
};

// GUIDs of the table of hashes, in hex as they stand in memory.
constexpr std::string_view hashes_guid = "06d63894224fc94cb479a793d411fd21";
constexpr std::string_view kernel_guid = "3794e74dd2ab7f42b835d5b172d2045b";
constexpr std::string_view initrd_guid = "31f7ba442f3ad74b9af141e29169781d";
constexpr std::string_view command_line_guid = "d82dd09720bd944caa78e7714d36ab2a";
constexpr std::size_t guid_and_length = 18;
constexpr std::size_t hash_entry_bytes = guid_and_length + 32;
constexpr std::size_t hashes_bytes = guid_and_length + 3 * hash_entry_bytes;
constexpr std::size_t padded_hashes_bytes = (hashes_bytes + 15) / 16 * 16;

void put_hash(encoder& into, std::string_view guid, const digest& hash) {
  into.raw(*from_hex(guid)).number(hash_entry_bytes, 2).raw(hash.view());
}

/// Returns the table as QEMU writes it into the guest's memory.
bytes hashes_of(const direct_boot& boots) {
  constexpr auto by = hash_algorithm::sha256;
  const std::array<std::uint8_t, 1> end{};
  encoder out;
  out.raw(*from_hex(hashes_guid)).number(hashes_bytes, 2);
  put_hash(out, command_line_guid, crypto::hash(by, {to_bytes(boots.command_line), end}));
  put_hash(out, initrd_guid, crypto::hash(by, boots.initrd));
  put_hash(out, kernel_guid, crypto::hash(by, boots.kernel));
  return std::move(out).take();
}

/// Returns the section's one page with the table in it.
result<guest_page> hashes_page(const evidence::ovmf::image& of, const snp_section& in,
                               const direct_boot& boots) {
  if (!of.hashes_address)
    return error{errc::missing, "ovmf.table: the address of the kernel's hashes"};
  const auto at = *of.hashes_address % page_size;
  if (in.size != page_size || *of.hashes_address - at != in.address
      || at + padded_hashes_bytes > page_size)
    return error{errc::malformed, "ovmf.snp: the kernel's hashes are not in their section"};
  guest_page out{};
  std::ranges::copy(hashes_of(boots), out.begin() + static_cast<std::ptrdiff_t>(at));
  return out;
}

result<void> add_section(launch_context& into, const evidence::ovmf::image& of,
                         const snp_section& one, const snp_launch& how) {
  switch (one.kind) {
  case snp_section_kind::memory:
    into.add_empty(how.by == hypervisor::gce ? page_type::unmeasured : page_type::zero, one.address,
                   one.size);
    break;
  case snp_section_kind::calling_area:
    into.add_empty(page_type::zero, one.address, one.size);
    break;
  case snp_section_kind::secrets:
    into.add_empty(page_type::secrets, one.address, page_size);
    break;
  case snp_section_kind::cpuid:
    if (how.by != hypervisor::ec2) // it adds them last
      into.add_empty(page_type::cpuid, one.address, page_size);
    break;
  case snp_section_kind::kernel_hashes:
    if (!how.boots) {
      into.add_empty(page_type::zero, one.address, one.size);
      break;
    }
    const auto page = hashes_page(of, one, *how.boots);
    if (!page)
      return page.error();
    into.add_pages(one.address, *page);
    break;
  }
  return {};
}

result<void> add_sections(launch_context& into, const evidence::ovmf::image& of,
                          const snp_launch& how) {
  const auto sections = evidence::ovmf::parse_snp_sections(of);
  if (!sections)
    return sections.error();
  const auto is_of = [](snp_section_kind kind) {
    return [kind](const snp_section& one) { return one.kind == kind; };
  };
  if (how.boots && std::ranges::none_of(*sections, is_of(snp_section_kind::kernel_hashes)))
    return error{errc::missing, "ovmf.snp: a section for the kernel's hashes"};
  for (const auto& one : *sections)
    if (const auto added = add_section(into, of, one, how); !added)
      return added.error();
  if (how.by == hypervisor::ec2)
    for (const auto& one : *sections)
      if (one.kind == snp_section_kind::cpuid)
        into.add_empty(page_type::cpuid, one.address, page_size);
  return {};
}

} // namespace

result<std::uint32_t> processor_signature(std::string_view name) {
  struct signed_processor {
    std::string_view name;
    std::uint32_t signature;
  };
  static constexpr std::array known{
    signed_processor{"EPYC", 0x00800f12},       signed_processor{"EPYC-IBPB", 0x00800f12},
    signed_processor{"EPYC-Rome", 0x00830f10},  signed_processor{"EPYC-Milan", 0x00a00f11},
    signed_processor{"EPYC-Genoa", 0x00a10f10}, signed_processor{"EPYC-Turin", 0x00b00f00},
  };
  const auto version = name.rfind("-v"); // versions of a model are of one processor
  const auto is_version = version != std::string_view::npos && version + 3 == name.size()
                          && name.back() >= '1' && name.back() <= '9';
  const auto model = is_version ? name.substr(0, version) : name;
  const auto* const found = std::ranges::find(known, model, &signed_processor::name);
  if (found == known.end())
    return error{errc::unsupported, "no processor that we know: " + std::string{name}};
  return found->signature;
}

result<digest> snp_launch_digest(const evidence::ovmf::image& of, const snp_launch& how) {
  if (how.processors == 0)
    return error{errc::malformed, "processors: none"};
  if (how.processors > max_processors)
    return error{errc::too_large, "processors: over " + std::to_string(max_processors)};
  launch_context out;
  out.add_pages(of.address(), of.content);
  if (const auto added = add_sections(out, of, how); !added)
    return added.error();
  out.add_save_area(snp_save_area(how, first_reset_address));
  if (how.processors == 1)
    return out.value();
  if (of.reset_address.value_or(0) == 0)
    return error{errc::missing, "ovmf.table: where further processors start"};
  const auto further = snp_save_area(how, *of.reset_address);
  for (std::size_t i = 1; i < how.processors; ++i)
    out.add_save_area(further);
  return out.value();
}

} // namespace troth::endorsement
