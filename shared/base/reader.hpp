#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troth {

/// Takes fixed-size fields off the front of untrusted bytes. The only code in
/// the project that turns input bytes into numbers.
///
/// The first failure sticks: every later read yields zero or an empty view, so
/// a parser is a straight list of fields, and `finish` is its one way out.
class reader {
public:
  /// @param format names the structure in errors, e.g. "tpm.quote".
  reader(byte_view input, std::string_view format)
    : rest_(input), size_(input.size()), format_(format) {
    // nop
  }

  std::uint8_t u8(std::string_view field) { return static_cast<std::uint8_t>(big(1, field)); }
  std::uint16_t u16be(std::string_view field) { return static_cast<std::uint16_t>(big(2, field)); }
  std::uint32_t u32be(std::string_view field) { return static_cast<std::uint32_t>(big(4, field)); }
  std::uint64_t u64be(std::string_view field) { return big(8, field); }

  std::uint16_t u16le(std::string_view field) {
    return static_cast<std::uint16_t>(little(2, field));
  }
  std::uint32_t u32le(std::string_view field) {
    return static_cast<std::uint32_t>(little(4, field));
  }
  std::uint64_t u64le(std::string_view field) { return little(8, field); }

  /// Takes exactly `n` bytes, uncopied.
  byte_view take(std::size_t n, std::string_view field);

  /// Takes a 2-byte big-endian length, at most `max`, and that many bytes.
  byte_view sized16be(std::size_t max, std::string_view field);

  /// Takes a 4-byte little-endian length, at most `max`, and that many bytes.
  byte_view sized32le(std::size_t max, std::string_view field);

  /// Returns how many bytes are left.
  std::size_t remaining() const noexcept { return rest_.size(); }

  /// Returns how many bytes were taken.
  std::size_t position() const noexcept { return size_ - rest_.size(); }

  /// Fails with `why` at `field` unless `holds`. A no-op once failed.
  void require(bool holds, errc why, std::string_view field);

  bool ok() const noexcept { return !failure_; }

  /// @pre `!ok()`
  const troth::error& failure() const { return failure_.value(); }

  /// Returns `value` if every read succeeded and no byte is left over.
  template <class T>
  result<T> finish(T value) {
    field_start_ = size_ - rest_.size();
    require(rest_.empty(), errc::trailing, "end");
    if (failure_)
      return *std::move(failure_);
    return value;
  }

private:
  std::uint64_t big(std::size_t n, std::string_view field);
  std::uint64_t little(std::size_t n, std::string_view field);

  byte_view rest_;
  std::size_t size_;
  std::size_t field_start_ = 0; // where the field last taken began
  std::string_view format_;
  std::optional<troth::error> failure_;
};

} // namespace troth
