#include "shared/evidence/pe/image.hpp"

#include "shared/base/reader.hpp"

#include <algorithm>

namespace troth::evidence::pe {

namespace {

constexpr std::string_view format = "pe";
constexpr std::size_t dos_header_bytes = 0x40;
constexpr std::size_t pe_offset_at = 0x3c;
constexpr std::size_t dates_and_symbols_bytes = 12;
constexpr std::size_t checksum_at = 64; // in the optional header, of either kind
constexpr std::size_t size_of_headers_at = 60;
constexpr std::size_t section_header_bytes = 40;
constexpr std::uint16_t pe32 = 0x10b;
constexpr std::uint16_t pe32_plus = 0x20b;
constexpr std::uint32_t certificate_entry = 4;
constexpr std::size_t directory_bytes = 8;

/// A range of the file.
struct range {
  std::size_t at = 0;
  std::size_t size = 0;
};

/// What the headers say.
struct headers {
  std::size_t checksum = 0;          ///< Where it is.
  std::size_t headers_end = 0;       ///< What the loader takes for headers.
  std::size_t certificate_entry = 0; ///< Where it is; 0: there is none.
  range certificates;
  std::size_t optional_bytes = 0;
  std::size_t section_table = 0;
  std::size_t section_count = 0;
};

/// Moves a reader to a place that is not before where it is.
void go_to(reader& in, std::size_t at, std::string_view field) {
  in.require(at >= in.position(), errc::malformed, field);
  if (in.ok())
    in.take(at - in.position(), field);
}

/// Where the directories begin in the optional header.
std::size_t directories_at(std::uint16_t magic) {
  constexpr std::size_t of_pe32 = 96;
  constexpr std::size_t of_pe32_plus = 112;
  return magic == pe32 ? of_pe32 : of_pe32_plus;
}

void read_optional_header(reader& in, headers& out) {
  const auto size = out.optional_bytes;
  const auto begin = in.position();
  const auto magic = in.u16le("optional_header.magic");
  in.require(magic == pe32 || magic == pe32_plus, errc::malformed, "optional_header.magic");
  const auto directories = directories_at(magic);
  in.require(size >= directories, errc::malformed, "size_of_optional_header");
  if (!in.ok())
    return;
  go_to(in, begin + size_of_headers_at, "size_of_headers");
  out.headers_end = in.u32le("size_of_headers");
  out.checksum = begin + checksum_at;
  go_to(in, begin + directories - 4, "number_of_rva_and_sizes");
  const auto count = in.u32le("number_of_rva_and_sizes");
  in.require(count <= (size - directories) / directory_bytes, errc::malformed,
             "number_of_rva_and_sizes");
  if (count > certificate_entry) {
    go_to(in, begin + directories + certificate_entry * directory_bytes, "certificate_table");
    out.certificate_entry = in.position();
    out.certificates.at = in.u32le("certificate_table.address");
    out.certificates.size = in.u32le("certificate_table.size");
  }
  go_to(in, begin + size, "section_table");
  out.section_table = in.position();
}

headers read_headers(reader& in) {
  headers out;
  const auto dos = in.u16le("dos.magic");
  in.require(dos == 0x5a4d, errc::malformed, "dos.magic");
  go_to(in, pe_offset_at, "dos.pe_offset");
  const auto at = in.u32le("dos.pe_offset");
  in.require(at >= dos_header_bytes, errc::malformed, "dos.pe_offset");
  go_to(in, at, "signature");
  const auto signature = in.u32le("signature");
  in.require(signature == 0x4550, errc::malformed, "signature");
  in.u16le("machine");
  out.section_count = in.u16le("number_of_sections");
  in.require(out.section_count <= max_sections, errc::too_large, "number_of_sections");
  in.take(dates_and_symbols_bytes, "file_header");
  out.optional_bytes = in.u16le("size_of_optional_header");
  in.u16le("characteristics");
  return out;
}

struct placed_section {
  section what;
  range in_file;
};

result<std::vector<placed_section>> read_sections(byte_view input, const headers& of) {
  reader in{input.subspan(of.section_table), format};
  std::vector<placed_section> out;
  for (std::size_t i = 0; i < of.section_count && in.ok(); ++i) {
    const auto name = in.take(8, "section.name");
    placed_section one;
    one.what.memory_bytes = in.u32le("section.virtual_size");
    in.u32le("section.virtual_address");
    one.in_file.size = in.u32le("section.size_of_raw_data");
    one.in_file.at = in.u32le("section.pointer_to_raw_data");
    in.take(section_header_bytes - 24, "section");
    if (!in.ok())
      break;
    const auto end = std::ranges::find(name, std::uint8_t{0});
    one.what.name = to_text({name.begin(), end});
    if (one.in_file.size == 0)
      one.in_file.at = 0;
    if (one.in_file.at > input.size() || one.in_file.size > input.size() - one.in_file.at)
      return error{errc::truncated, "pe.section " + one.what.name};
    one.what.content = input.subspan(one.in_file.at, std::min<std::size_t>(one.in_file.size,
                                                                           one.what.memory_bytes));
    out.push_back(std::move(one));
  }
  if (!in.ok())
    return in.failure();
  return out;
}

/// Returns all but the checksum, the entry of the certificates and these: headers, sections in the
/// order of the file, what is behind them.
result<std::vector<byte_view>> signed_parts(byte_view input, const headers& of,
                                            std::vector<placed_section> sections) {
  const auto entry = of.certificate_entry;
  if (of.headers_end > input.size())
    return error{errc::truncated, "pe.size_of_headers"};
  if (of.headers_end < (entry == 0 ? of.checksum + 4 : entry + directory_bytes))
    return error{errc::malformed, "pe.size_of_headers"};
  std::vector<byte_view> out;
  out.push_back(input.first(of.checksum));
  const auto behind = of.checksum + 4;
  if (entry == 0) {
    out.push_back(input.subspan(behind, of.headers_end - behind));
  } else {
    out.push_back(input.subspan(behind, entry - behind));
    const auto rest = entry + directory_bytes;
    out.push_back(input.subspan(rest, of.headers_end - rest));
  }
  auto hashed = of.headers_end;
  std::ranges::stable_sort(sections, {}, [](const auto& each) { return each.in_file.at; });
  for (const auto& each : sections) {
    if (each.in_file.size == 0)
      continue;
    if (each.in_file.at < hashed)
      return error{errc::malformed, "pe.section " + each.what.name + ": overlaps"};
    out.push_back(input.subspan(each.in_file.at, each.in_file.size));
    hashed = each.in_file.at + each.in_file.size;
  }
  const auto certificates = of.certificates.size;
  if (certificates > input.size() - hashed
      || (certificates != 0 && of.certificates.at + certificates != input.size()))
    return error{errc::malformed, "pe.certificate_table"};
  out.push_back(input.subspan(hashed, input.size() - hashed - certificates));
  return out;
}

} // namespace

result<image> parse_image(byte_view input) {
  reader in{input, format};
  auto of = read_headers(in);
  if (!in.ok())
    return in.failure();
  read_optional_header(in, of);
  if (!in.ok())
    return in.failure();
  auto sections = read_sections(input, of);
  if (!sections)
    return sections.error();
  auto parts = signed_parts(input, of, *sections);
  if (!parts)
    return parts.error();
  image out;
  for (const auto& each : *sections)
    out.sections.push_back(each.what);
  out.signed_parts = *std::move(parts);
  return out;
}

} // namespace troth::evidence::pe
