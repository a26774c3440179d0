#pragma once

#include "shared/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troth::testing {

/// A section of a minted image.
struct minted_section {
  std::string name;
  bytes content;
  std::uint32_t memory_bytes = 0; ///< 0: as many as the content has.
};

/// Mints a PE32+ image as linkers make them: headers, sections in order, what is behind them, and
/// certificates at the end.
class pe_image {
public:
  static constexpr std::size_t alignment = 0x200;
  static constexpr std::size_t pe_at = 0x80;
  static constexpr std::size_t optional_at = pe_at + 24;
  static constexpr std::size_t optional_bytes = 112 + 16 * 8;
  static constexpr std::size_t checksum_at = optional_at + 64;
  static constexpr std::size_t certificates_at = optional_at + 112 + 4 * 8;
  static constexpr std::size_t sections_at = optional_at + optional_bytes;

  explicit pe_image(const std::vector<minted_section>& sections, byte_view trailer = {},
                    byte_view certificates = {}) {
    out_.resize(0x400);
    put(0, 0x5a4d, 2);
    put(0x3c, pe_at, 4);
    put(pe_at, 0x4550, 4);
    put(pe_at + 4, 0x8664, 2);
    put(pe_at + 6, sections.size(), 2);
    put(pe_at + 20, optional_bytes, 2);
    put(optional_at, 0x20b, 2);
    put(optional_at + 60, out_.size(), 4);
    put(checksum_at, 0x12345678, 4);
    put(optional_at + 108, 16, 4);
    for (std::size_t i = 0; i < sections.size(); ++i)
      add(sections[i], sections_at + 40 * i);
    out_.insert(out_.end(), trailer.begin(), trailer.end());
    if (!certificates.empty()) {
      put(certificates_at, out_.size(), 4);
      put(certificates_at + 4, certificates.size(), 4);
      out_.insert(out_.end(), certificates.begin(), certificates.end());
    }
  }

  void put(std::size_t at, std::size_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      out_.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
  }

  const bytes& content() const { return out_; }

private:
  void add(const minted_section& one, std::size_t header) {
    for (std::size_t i = 0; i < one.name.size(); ++i)
      out_.at(header + i) = static_cast<std::uint8_t>(one.name[i]);
    put(header + 8, one.memory_bytes == 0 ? one.content.size() : one.memory_bytes, 4);
    put(header + 20, out_.size(), 4);
    const auto begin = out_.size();
    out_.insert(out_.end(), one.content.begin(), one.content.end());
    out_.resize((out_.size() + alignment - 1) / alignment * alignment);
    put(header + 16, out_.size() - begin, 4);
  }

  bytes out_;
};

} // namespace troth::testing
