#pragma once

#include "shared/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troth::codec {

/// Writes canonical CBOR: shortest integers, definite lengths. The order of map keys is the
/// caller's duty.
/// @see CTAP 2.1, section 8
class cbor_writer {
public:
  void unsigned_integer(std::uint64_t value);
  void integer(std::int64_t value);
  void byte_string(byte_view value);
  void text(std::string_view value); ///< U+FFFD stands for what is not UTF-8.
  void boolean(bool value);
  void floating(double value); ///< In 64 bits.
  void null();
  void array(std::size_t count); ///< The header: `count` items must follow.
  void map(std::size_t count);   ///< The header: `count` keys and values must follow.
  void tag(std::uint64_t value);
  void raw(byte_view encoded); ///< Items that are encoded already.

  bytes take() { return std::move(out_); }

private:
  template <class Encode, class Value>
  void header(Encode encode, Value value);

  bytes out_;
};

} // namespace troth::codec
