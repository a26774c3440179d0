#pragma once

#include "shared/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troth::tpm_replay {

/// Appends the fields of logs, little-endian as firmware and kernel write them.
class log_writer {
public:
  log_writer& u8(std::uint8_t value) { return little(value, 1); }
  log_writer& u16(std::uint16_t value) { return little(value, 2); }
  log_writer& u32(std::uint32_t value) { return little(value, 4); }
  log_writer& u64(std::uint64_t value) { return little(value, 8); }

  log_writer& raw(byte_view value) {
    out_.insert(out_.end(), value.begin(), value.end());
    return *this;
  }

  log_writer& text(std::string_view value) {
    out_.insert(out_.end(), value.begin(), value.end());
    return *this;
  }

  /// ASCII as UTF-16, without a NUL behind it.
  log_writer& wide(std::string_view ascii) {
    for (const auto c : ascii)
      u16(static_cast<std::uint16_t>(c));
    return *this;
  }

  log_writer& zeros(std::size_t count) {
    out_.insert(out_.end(), count, 0);
    return *this;
  }

  /// A field of the IMA list: its length and its bytes.
  log_writer& sized(byte_view value) {
    return u32(static_cast<std::uint32_t>(value.size())).raw(value);
  }

  const bytes& content() const { return out_; }

private:
  log_writer& little(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i)
      out_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    return *this;
  }

  bytes out_;
};

} // namespace troth::tpm_replay
