#include "shared/evidence/snp/certificate_table.hpp"

#include "shared/base/reader.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace troth::evidence::snp {

namespace {

using guid = std::array<std::uint8_t, 16>; // in the order it is printed

constexpr std::size_t entry_size = 24;
constexpr std::size_t max_entries = 32;
constexpr std::size_t max_certificate = std::size_t{64} * 1024;

constexpr guid vcek_guid{0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                         0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
constexpr guid vlek_guid{0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e,
                         0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1};
constexpr guid ask_guid{0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
                        0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82};
constexpr guid ark_guid{0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,
                        0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae};
constexpr guid crl_guid{0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d,
                        0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea};

using member = std::optional<bytes> certificate_table::*;

constexpr auto members = std::to_array<std::pair<guid, member>>({
  {vcek_guid, &certificate_table::vcek},
  {vlek_guid, &certificate_table::vlek},
  {ask_guid, &certificate_table::ask},
  {ark_guid, &certificate_table::ark},
  {crl_guid, &certificate_table::crl},
});

struct entry {
  byte_view kind;
  std::size_t offset;
  std::size_t size;
};

std::vector<entry> read_header(reader& in) {
  std::vector<entry> out;
  while (in.ok()) {
    entry next{in.take(sizeof(guid), "guid"), in.u32le("offset"), in.u32le("length")};
    if (!in.ok() || std::ranges::all_of(next.kind, [](auto byte) { return byte == 0; }))
      break;
    in.require(out.size() < max_entries, errc::too_large, "entries");
    in.require(next.size <= max_certificate, errc::too_large, "length");
    out.push_back(next);
  }
  return out;
}

void put_little(bytes& out, std::size_t value) {
  for (int at = 0; at < 4; ++at, value >>= 8)
    out.push_back(static_cast<std::uint8_t>(value));
}

} // namespace

result<certificate_table> parse_certificate_table(byte_view input) {
  reader in{input, "snp.certificate_table"};
  const auto entries = read_header(in);
  const auto header_size = in.position();
  certificate_table out;
  for (const auto& found : entries) {
    in.require(found.offset >= header_size, errc::malformed, "offset");
    in.require(found.offset <= input.size() && found.size <= input.size() - found.offset,
               errc::truncated, "certificate");
    const auto known = std::ranges::find_if(members, [&](const auto& each) {
      return std::ranges::equal(each.first, found.kind);
    });
    if (!in.ok())
      return in.failure();
    if (known == members.end()) {
      ++out.unknown;
      continue;
    }
    auto& into = out.*known->second;
    in.require(!into.has_value(), errc::malformed, "guid");
    into = copy(input.subspan(found.offset, found.size));
  }
  if (!in.ok())
    return in.failure();
  return out;
}

bytes write_certificate_table(const certificate_table& table) {
  const auto there = static_cast<std::size_t>(std::ranges::count_if(members, [&](const auto& each) {
    return (table.*each.second).has_value();
  }));
  bytes out;
  bytes bodies;
  const auto header_size = (there + 1) * entry_size;
  for (const auto& [kind, which] : members) {
    const auto& body = table.*which;
    if (!body)
      continue;
    out.insert(out.end(), kind.begin(), kind.end());
    put_little(out, header_size + bodies.size());
    put_little(out, body->size());
    bodies.insert(bodies.end(), body->begin(), body->end());
  }
  out.resize(header_size);
  out.insert(out.end(), bodies.begin(), bodies.end());
  return out;
}

} // namespace troth::evidence::snp
