#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a report can arrive in: conceptual message wrappers, and claims sets with one in them.
// Envelopes vouch for nothing: what is in a report is proved by its evidence.

namespace troth::report {

inline constexpr std::string_view report_json_media_type = "application/vnd.troth.report+json";
inline constexpr std::string_view report_cbor_media_type = "application/vnd.troth.report+cbor";

/// The profile of claims sets that carry a report, as the claim `cmw`.
inline constexpr std::string_view report_eat_profile = "tag:troth.example,2026:report";

/// What kinds of messages a wrapper says it holds: a set of bits.
/// @see RFC 9999, section 3.1.1
namespace cmw_indicator {
inline constexpr std::uint32_t evidence = 4;
inline constexpr std::uint32_t attestation_results = 8;
} // namespace cmw_indicator

/// One wrapped message.
struct cmw_record {
  std::string label; ///< In its collection, outer labels and a slash first; empty outside of one.
  std::string type;  ///< Media type, or `content-format/N` for a number whose type we do not know.
  bytes value;
  std::uint32_t indicator = 0; ///< 0: not told.
};

/// Reads a wrapper: a record, in CBOR also a tagged value, or a collection of these.
/// @returns the records, one at least, in the order of their labels; `malformed`, also for a label
///          twice or empty and for an indicator of 0; `too_large` for more than 64 records or a
///          collection within four others; `unsupported` for a tag that names no type; `missing`
///          for a collection of none; `truncated`, `trailing`.
/// @see RFC 9999, section 3
result<std::vector<cmw_record>> parse_cmw(byte_view input, encoding as);

/// Writes one record.
bytes write_cmw(const cmw_record& record, encoding as);

/// Takes a report out of its envelope: a wrapper with one report in it, or a claims set (EAT) that
/// is not signed, of our profile.
/// @returns nothing if `input` is no envelope, so that it is a report or nothing we know; the
///          report; `missing` for an envelope without a report; `conflict` for several reports;
///          `unsupported` for claims of another profile; and as `parse_cmw`.
/// @see RFC 9711; RFC 9781
result<std::optional<bytes>> unwrap_report(byte_view input);

} // namespace troth::report
