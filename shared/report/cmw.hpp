#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/codec/cbor_reader.hpp"
#include "shared/codec/json.hpp"
#include "shared/report/report.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troth::report {

/// What kinds of messages a wrapper says it holds: a set of bits.
/// @see RFC 9999, section 3.1.1
namespace cmw_indicator {
inline constexpr std::uint32_t evidence = 4;
inline constexpr std::uint32_t attestation_results = 8;
} // namespace cmw_indicator

/// The member of a collection that is its type, and no record.
inline constexpr std::string_view cmw_collection_type = "__cmwc_t";

/// One wrapped message.
struct cmw_record {
  std::string label; ///< In its collection, outer labels and a slash first; empty outside of one.
  std::string type;  ///< Media type, or `content-format/N` for a number whose type we do not know.
  bytes value;
  std::uint32_t indicator = 0; ///< 0: not told.
};

/// Reads a conceptual message wrapper: a record, in CBOR also a tagged value, or a collection of
/// these.
/// @returns the records, one at least, in the order of their labels; `malformed`, also for a label
///          twice or empty and for an indicator of 0; `too_large` for more than 64 records or a
///          collection within four others; `unsupported` for a tag that names no type; `missing`
///          for a collection of none; `truncated`, `trailing`.
/// @see RFC 9999, section 3
result<std::vector<cmw_record>> parse_cmw(byte_view input, encoding as);

/// Reads one that stands in something else. @returns as above.
result<std::vector<cmw_record>> read_cmw(const nlohmann::json& value);

/// Reads one that is next in `in`, which fails as above.
std::vector<cmw_record> read_cmw(codec::cbor_reader& in);

/// Writes one record.
bytes write_cmw(const cmw_record& record, encoding as);

} // namespace troth::report
