#pragma once

#include "shared/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troth::testing {

/// Writes a number as 4 bytes, little-endian.
inline void put_u32le(bytes& out, std::size_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// Writes a field of an IMA template: its length, then it.
inline void put_field(bytes& out, byte_view field) {
  put_u32le(out, field.size());
  out.insert(out.end(), field.begin(), field.end());
}

/// Makes the template data of `ima-ng`, and the beginning of that of most others.
inline bytes ima_ng_data(std::string_view algorithm, byte_view digest, std::string_view path) {
  bytes named = to_bytes(algorithm);
  named.insert(named.end(), {':', 0});
  named.insert(named.end(), digest.begin(), digest.end());
  bytes with_nul = to_bytes(path);
  with_nul.push_back(0);
  bytes out;
  put_field(out, named);
  put_field(out, with_nul);
  return out;
}

/// Appends an entry to a binary measurement list.
inline void put_ima_entry(bytes& list, std::uint32_t pcr, byte_view template_hash,
                          std::string_view template_name, byte_view template_data) {
  put_u32le(list, pcr);
  list.insert(list.end(), template_hash.begin(), template_hash.end());
  put_field(list, to_bytes(template_name));
  put_field(list, template_data);
}

} // namespace troth::testing
