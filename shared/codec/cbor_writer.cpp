#include "shared/codec/cbor_writer.hpp"

#include "shared/codec/utf8.hpp"

#include <array>
#include <cbor.h>
#include <string>

namespace troth::codec {

namespace {

/// Writes a header of one byte, if that is enough: nearly all are, and for those calling the
/// library costs more than all else that is done with the item.
bool is_written_short(bytes& out, std::uint8_t major, std::uint64_t value) {
  constexpr std::uint64_t max_in_header = 23;
  if (value > max_in_header)
    return false;
  out.push_back(static_cast<std::uint8_t>(std::uint64_t{major} << 5U | value));
  return true;
}

} // namespace

template <class Encode, class Value>
void cbor_writer::header(Encode encode, Value value) {
  std::array<std::uint8_t, 9> buffer{};
  const auto size = encode(value, buffer.data(), buffer.size());
  raw(byte_view{buffer}.first(size));
}

void cbor_writer::unsigned_integer(std::uint64_t value) {
  if (!is_written_short(out_, 0, value))
    header(cbor_encode_uint, value);
}

void cbor_writer::integer(std::int64_t value) {
  if (value >= 0)
    unsigned_integer(static_cast<std::uint64_t>(value));
  else
    header(cbor_encode_negint, static_cast<std::uint64_t>(-1 - value));
}

void cbor_writer::byte_string(byte_view value) {
  if (!is_written_short(out_, 2, value.size()))
    header(cbor_encode_bytestring_start, value.size());
  raw(value);
}

void cbor_writer::text(std::string_view value) {
  if (!is_utf8(value)) {
    text(repair_utf8(value));
    return;
  }
  if (!is_written_short(out_, 3, value.size()))
    header(cbor_encode_string_start, value.size());
  out_.insert(out_.end(), value.begin(), value.end());
}

void cbor_writer::boolean(bool value) {
  header(cbor_encode_bool, value);
}

void cbor_writer::floating(double value) {
  header(cbor_encode_double, value);
}

void cbor_writer::null() {
  constexpr std::uint8_t null = 0xf6;
  out_.push_back(null);
}

void cbor_writer::array(std::size_t count) {
  if (!is_written_short(out_, 4, count))
    header(cbor_encode_array_start, count);
}

void cbor_writer::map(std::size_t count) {
  if (!is_written_short(out_, 5, count))
    header(cbor_encode_map_start, count);
}

void cbor_writer::tag(std::uint64_t value) {
  header(cbor_encode_tag, value);
}

void cbor_writer::raw(byte_view encoded) {
  out_.insert(out_.end(), encoded.begin(), encoded.end());
}

} // namespace troth::codec
