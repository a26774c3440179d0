#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/codec/cbor_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troth::codec {

/// Labels of headers that we act on. @see RFC 9052, section 3.1; RFC 9360, section 2
namespace cose_label {
inline constexpr std::int64_t algorithm = 1;
inline constexpr std::int64_t critical = 2;
inline constexpr std::int64_t content_type = 3;
inline constexpr std::int64_t key_id = 4;
inline constexpr std::int64_t x5chain = 33;
} // namespace cose_label

/// What a header map says that matters, and all labels that are in it.
struct header_map {
  std::optional<signature_algorithm> algorithm;
  std::vector<bytes> certificates;
  std::string content_type;                                      ///< Empty if it is a number.
  std::string key_id;                                            ///< Its bytes.
  std::vector<std::pair<std::int64_t, std::string_view>> labels; ///< Integer, or 0 and a text.

  bool has(const std::pair<std::int64_t, std::string_view>& label) const;
  bool has(std::int64_t label) const { return has({label, {}}); }
};

/// What a message and a signature begin with.
struct cose_headers {
  byte_view encoded; ///< The protected one; empty if nothing is in it.
  header_map locked; ///< The protected one.
  header_map open;   ///< The other.
};

/// Takes a protected and an unprotected header. Fails `in` for a header twice, a critical one, and
/// an algorithm that is not protected.
cose_headers read_headers(cbor_reader& in);

/// Returns what is signed, with no external data.
/// @param context `Signature`, of which `header` is the signer's, or `Signature1`, without one.
/// @see RFC 9052, section 4.4
bytes signed_structure(std::string_view context, byte_view body, std::optional<byte_view> header,
                       byte_view payload);

/// Fails `in` unless `items` has `size`.
void expect_items(cbor_reader& in, const cbor_array& items, std::size_t size);

} // namespace troth::codec
