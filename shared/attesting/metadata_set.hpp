#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/report/metadata.hpp"
#include "shared/report/report.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace troth::attesting {

inline constexpr std::size_t max_metadata_items = 256;
inline constexpr std::size_t max_metadata_bytes = std::size_t{4} * 1024 * 1024; ///< Of one item.

/// A signed metadata item, and what it says of itself. Its signatures are not verified: who is
/// shown it does that.
struct signed_item {
  bytes content;
  std::string digest;             ///< SHA-256 of `content`, lower-case hex.
  report::encoding encoded_as;    ///< JSON: a JWS; CBOR: a COSE_Sign.
  std::string kind;               ///< E.g. `Manifest`.
  std::string name;               ///< Of a status: its server.
  time_point version;             ///< Of a status: when it was produced.
  std::string status_server = {}; ///< Of a manifest: whom to ask for its status; empty: nobody.
  std::vector<report::status_entry> statuses = {}; ///< Of a status.
};

/// Reads a signed item.
/// @returns `malformed` if its version is no time; else as `report::parse_signed` and
///          `report::parse_metadata`.
result<signed_item> read_signed_item(bytes content);

/// Returns the media type of a signed item: of a JWS, or of a COSE_Sign.
std::string_view media_type_of(report::encoding encoded_as) noexcept;

/// Signed items by their digest.
using metadata_set = std::map<std::string, signed_item, std::less<>>;

/// Several, of which no item is in two.
using metadata_sets = std::vector<const metadata_set*>;

/// Picks what goes into a report: of each kind and name the newest version, and of that the one
/// in the report's encoding, or the other if it alone is there. By kind and name.
std::vector<const signed_item*> pick(const metadata_sets& from, report::encoding wanted);

} // namespace troth::attesting
