#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/hex.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace troth::testing {

/// Mints a firmware of two pages with the tables of OVMF for SEV-SNP and TDX. All of it is
/// measured in a trust domain.
class ovmf_image {
public:
  static constexpr std::size_t size = 0x2000;
  static constexpr std::size_t footer_at = size - 32 - 18;
  static constexpr std::size_t snp_at = 0x1400;
  static constexpr std::size_t snp_sections_at = snp_at + 16;
  static constexpr std::size_t tdx_at = 0x1800;
  static constexpr std::size_t tdx_sections_at = tdx_at + 16;

  ovmf_image() : out_(size) {
    for (std::size_t i = 0; i < 0x1000; ++i)
      put(i, i % 251, 1);
    put_snp();
    put_tdx();
    put_table();
  }

  void put(std::size_t at, std::uint64_t value, std::size_t bytes_of_it) {
    for (std::size_t i = 0; i < bytes_of_it; ++i)
      out_.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
  }

  void put(std::size_t at, byte_view value) {
    for (std::size_t i = 0; i < value.size(); ++i)
      out_.at(at + i) = value[i];
  }

  /// Where the header of the nth entry of the table is, from its end.
  static constexpr std::size_t entry_at(std::size_t n) { return footer_at - 18 - 22 * n; }

  const bytes& content() const { return out_; }

private:
  void put_header(std::size_t at, std::string_view signature, std::size_t length,
                  std::size_t count) {
    put(at, to_bytes(signature));
    put(at + 4, length, 4);
    put(at + 8, 1, 4);
    put(at + 12, count, 4);
  }

  void put_snp() {
    const std::vector<std::vector<std::uint32_t>> sections{
      {0x800000, 0x9000, 1}, {0x80d000, 0x1000, 2},    {0x80e000, 0x1000, 3},
      {0x80f000, 0x1000, 4}, {0x810000, 0x1000, 0x10}, {0x811000, 0x2000, 1}};
    put_header(snp_at, "ASEV", 16 + 12 * sections.size(), sections.size());
    for (std::size_t i = 0; i < sections.size(); ++i)
      for (std::size_t field = 0; field < 3; ++field)
        put(snp_sections_at + 12 * i + 4 * field, sections[i][field], 4);
  }

  void put_tdx() {
    const std::vector<std::vector<std::uint64_t>> sections{
      {0, 0x2000, 0xffffe000, 0x2000, 0, 1},  // firmware, measured
      {0, 0x1000, 0xffffd000, 0x1000, 1, 0},  // configuration
      {0, 0, 0x809000, 0x2000, 2, 0},         // hand-off block
      {0, 0, 0x810000, 0x10000, 3, 0},        // temporary memory
      {0, 0, 0x100000000, 0x40000000, 4, 2}}; // permanent memory, added later
    put_header(tdx_at, "TDVF", 16 + 32 * sections.size(), sections.size());
    constexpr std::size_t field_bytes[] = {4, 4, 8, 8, 4, 4};
    for (std::size_t i = 0; i < sections.size(); ++i)
      for (std::size_t field = 0, at = tdx_sections_at + 32 * i; field < 6; ++field) {
        put(at, sections[i][field], field_bytes[field]);
        at += field_bytes[field];
      }
  }

  void put_entry(std::size_t n, std::string_view guid, std::uint32_t value) {
    put(entry_at(n) - 4, value, 4);
    put(entry_at(n), 22, 2);
    put(entry_at(n) + 2, *from_hex(guid));
  }

  void put_table() {
    put(footer_at, 18 + 5 * 22, 2);
    put(footer_at + 2, *from_hex("de82b596b21ff745baeaa366c55a082d"));
    put_entry(0, "de71f7007e1acb4f890e68c77e2fb44e", 0x0080b004); // where processors start
    put_entry(1, "1f3755723b3a044b927b1da6efa8d454", 0x810c00);   // kernel's hashes
    put_entry(2, "666588dc4a989847a75e5585a7bf67cc", size - snp_at);
    put_entry(3, "35657ae44a989847865e4685a7bf8ec2", size - tdx_at);
    put_entry(4, "00112233445566778899aabbccddeeff", 0); // nobody knows it
  }

  bytes out_;
};

} // namespace troth::testing
