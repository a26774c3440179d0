#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/codec/cbor_sink.hpp"
#include "shared/codec/cbor_source.hpp"
#include "shared/codec/json_sink.hpp"
#include "shared/codec/json_source.hpp"
#include "shared/report/report.hpp"

#include <string>
#include <utility>

namespace troth::report {

/// Tells JSON from CBOR by the first byte: white space or a brace against a map.
/// @returns `truncated` for nothing at all, `malformed` for neither.
result<encoding> encoding_of(byte_view input);

/// Reads a described structure.
template <class T>
result<T> parse_as(std::string_view format, byte_view input, encoding as, T blank = {}) {
  if (as == encoding::cbor)
    return codec::from_cbor(input, format, std::move(blank));
  const auto value = codec::parse_json(to_text(input), {.max_bytes = input.size()});
  if (!value)
    return error{value.error().code, std::string{format} + ": " + value.error().where};
  return codec::from_json(*value, format, std::move(blank));
}

/// Writes a described structure.
template <class T>
bytes write_as(const T& value, encoding as) {
  if (as == encoding::cbor)
    return codec::to_cbor(value);
  return to_bytes(codec::to_json(value));
}

} // namespace troth::report
