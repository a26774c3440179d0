#include "shared/evidence/ovmf/image.hpp"

#include "shared/base/hex.hpp"
#include "shared/base/reader.hpp"

#include <string>
#include <utility>

namespace troth::evidence::ovmf {

namespace {

// GUIDs as they stand in the image, in hex.
constexpr std::string_view table_guid = "de82b596b21ff745baeaa366c55a082d";
constexpr std::string_view reset_block_guid = "de71f7007e1acb4f890e68c77e2fb44e";
constexpr std::string_view hash_table_guid = "1f3755723b3a044b927b1da6efa8d454";
constexpr std::string_view snp_metadata_guid = "666588dc4a989847a75e5585a7bf67cc";
constexpr std::string_view tdx_metadata_guid = "35657ae44a989847865e4685a7bf8ec2";

constexpr std::size_t behind_table = 32; // the reset vector
constexpr std::size_t entry_header_bytes = 18;
constexpr std::size_t metadata_header_bytes = 16;
constexpr std::size_t snp_section_bytes = 12;
constexpr std::size_t tdx_section_bytes = 32;
constexpr std::uint32_t measured_attribute = 1;
constexpr std::uint32_t later_attribute = 2;

error wrong(errc code, std::string_view where) {
  return {code, "ovmf." + std::string{where}};
}

bool are_pages(std::uint64_t value) {
  return value % page_size == 0;
}

/// What of the table of GUIDs we read.
struct guid_table {
  std::optional<std::uint32_t> reset_block;
  std::optional<std::uint32_t> hash_table;
  std::optional<std::uint32_t> snp_metadata;
  std::optional<std::uint32_t> tdx_metadata;
};

struct entry_header {
  std::size_t size = 0; ///< With this header, which is at its end.
  std::string guid;
};

/// Reads the header at the end of `input`, which has one.
entry_header read_header(byte_view input) {
  reader in{input.last(entry_header_bytes), "ovmf"};
  entry_header out;
  out.size = in.u16le("table.entry.size");
  out.guid = hex(in.take(16, "table.entry.guid"));
  return out;
}

/// Keeps an entry's value if it is one that we read: each begins with a number.
result<void> keep(guid_table& into, const std::string& guid, byte_view data) {
  auto* const place = guid == reset_block_guid    ? &into.reset_block
                      : guid == hash_table_guid   ? &into.hash_table
                      : guid == snp_metadata_guid ? &into.snp_metadata
                      : guid == tdx_metadata_guid ? &into.tdx_metadata
                                                  : nullptr;
  if (place == nullptr)
    return {};
  if (place->has_value())
    return wrong(errc::malformed, "table: two of " + guid);
  if (data.size() < 4)
    return wrong(errc::malformed, "table: too short: " + guid);
  *place = reader{data, "ovmf"}.u32le("table.entry.data");
  return {};
}

/// Reads the table from its end, as it grows.
result<guid_table> read_table(byte_view input) {
  auto rest = input.first(input.size() - behind_table);
  const auto footer = read_header(rest);
  if (footer.guid != table_guid)
    return wrong(errc::malformed, "table: not there");
  if (footer.size < entry_header_bytes || footer.size > rest.size())
    return wrong(errc::malformed, "table.size");
  rest = rest.last(footer.size).first(footer.size - entry_header_bytes);
  guid_table out;
  while (!rest.empty()) {
    if (rest.size() < entry_header_bytes)
      return wrong(errc::malformed, "table.entry");
    const auto entry = read_header(rest);
    if (entry.size < entry_header_bytes || entry.size > rest.size())
      return wrong(errc::malformed, "table.entry.size");
    const auto kept = keep(out, entry.guid,
                           rest.last(entry.size).first(entry.size - entry_header_bytes));
    if (!kept)
      return kept.error();
    rest = rest.first(rest.size() - entry.size);
  }
  return out;
}

/// Metadata begins alike for both: signature, length, version, count.
struct metadata {
  byte_view sections;
  std::size_t count = 0;
};

struct metadata_form {
  std::string_view name;
  std::string_view signature;
  std::size_t section_bytes;
};

result<metadata> find_metadata(byte_view input, std::uint32_t from_end, const metadata_form& form) {
  if (from_end > input.size())
    return error{errc::malformed, std::string{form.name} + ".offset"};
  reader in{input.last(from_end), form.name};
  const auto signature = in.take(form.signature.size(), "signature");
  in.require(to_text(signature) == form.signature, errc::malformed, "signature");
  const auto length = in.u32le("length");
  const auto version = in.u32le("version");
  in.require(version == 1, errc::unsupported, "version");
  metadata out;
  out.count = in.u32le("count");
  in.require(out.count <= max_sections, errc::too_large, "count");
  in.require(length == metadata_header_bytes + out.count * form.section_bytes, errc::malformed,
             "length");
  if (in.ok())
    out.sections = in.take(out.count * form.section_bytes, "sections");
  if (!in.ok())
    return in.failure();
  return out;
}

bool is_known(snp_section_kind kind) {
  using enum snp_section_kind;
  return kind == memory || kind == secrets || kind == cpuid || kind == calling_area
         || kind == kernel_hashes;
}

/// Whether the image holds what such a section begins with.
bool comes_with_image(tdx_section_kind kind) {
  return kind == tdx_section_kind::boot_firmware || kind == tdx_section_kind::configuration;
}

tdx_section read_tdx_section(reader& in, byte_view input) {
  tdx_section out;
  const std::size_t at = in.u32le("section.data_offset");
  const std::size_t size = in.u32le("section.raw_data_size");
  in.require(at <= input.size() && size <= input.size() - at, errc::malformed,
             "section.raw_data_size");
  out.address = in.u64le("section.memory_address");
  in.require(are_pages(out.address), errc::malformed, "section.memory_address");
  out.size = in.u64le("section.memory_data_size");
  in.require(are_pages(out.size) && out.size >= size && out.address <= ~out.size, errc::malformed,
             "section.memory_data_size");
  out.kind = tdx_section_kind{in.u32le("section.type")};
  in.require(out.kind <= tdx_section_kind::permanent_memory, errc::unsupported, "section.type");
  in.require(comes_with_image(out.kind) == (size != 0), errc::malformed, "section.type");
  const auto attributes = in.u32le("section.attributes");
  in.require(attributes <= (measured_attribute | later_attribute), errc::unsupported,
             "section.attributes");
  out.is_measured = (attributes & measured_attribute) != 0;
  out.is_later = (attributes & later_attribute) != 0;
  in.require(!out.is_measured || !out.is_later, errc::malformed, "section.attributes");
  in.require(out.is_later || out.size <= max_section_bytes, errc::too_large,
             "section.memory_data_size");
  if (in.ok())
    out.content = input.subspan(at, size);
  return out;
}

} // namespace

result<image> parse_image(byte_view input) {
  if (input.size() < page_size)
    return wrong(errc::truncated, "image");
  if (input.size() > max_image)
    return wrong(errc::too_large, "image");
  if (!are_pages(input.size()))
    return wrong(errc::malformed, "image: not of whole pages");
  const auto table = read_table(input);
  if (!table)
    return table.error();
  image out;
  out.content = input;
  out.reset_address = table->reset_block;
  out.hashes_address = table->hash_table;
  out.snp_metadata = table->snp_metadata;
  out.tdx_metadata = table->tdx_metadata;
  return out;
}

result<std::vector<snp_section>> parse_snp_sections(const image& of) {
  if (!of.snp_metadata)
    return wrong(errc::missing, "table: metadata for SEV-SNP");
  const auto found = find_metadata(of.content, *of.snp_metadata,
                                   {"ovmf.snp", "ASEV", snp_section_bytes});
  if (!found)
    return found.error();
  reader in{found->sections, "ovmf.snp"};
  std::vector<snp_section> out;
  for (std::size_t i = 0; i < found->count; ++i) {
    snp_section one;
    one.address = in.u32le("section.address");
    in.require(are_pages(one.address), errc::malformed, "section.address");
    one.size = in.u32le("section.size");
    in.require(are_pages(one.size) && one.size != 0, errc::malformed, "section.size");
    in.require(one.size <= max_section_bytes, errc::too_large, "section.size");
    one.kind = snp_section_kind{in.u32le("section.kind")};
    in.require(is_known(one.kind), errc::unsupported, "section.kind");
    out.push_back(one);
  }
  return in.finish(std::move(out));
}

result<std::vector<tdx_section>> parse_tdx_sections(const image& of) {
  if (!of.tdx_metadata)
    return wrong(errc::missing, "table: metadata for TDX");
  const auto found = find_metadata(of.content, *of.tdx_metadata,
                                   {"ovmf.tdx", "TDVF", tdx_section_bytes});
  if (!found)
    return found.error();
  reader in{found->sections, "ovmf.tdx"};
  std::vector<tdx_section> out;
  for (std::size_t i = 0; i < found->count; ++i)
    out.push_back(read_tdx_section(in, of.content));
  return in.finish(std::move(out));
}

} // namespace troth::evidence::ovmf
