#pragma once

#include "shared/base/bytes.hpp"
#include "shared/evidence/eventlog/event.hpp"

#include <cstdint>
#include <vector>

namespace troth::evidence::eventlog {

/// What an event's digest is over, as far as its type tells.
enum class covers : std::uint8_t {
  no,   ///< Something that is not in the log: whoever handed it over chose the data.
  part, ///< A part of the data.
  data, ///< The data.
};

/// What to hash in order to believe an event's data.
struct data_coverage {
  covers digest_covers = covers::no;
  /// Nothing else may have been hashed: if no candidate has the event's digest, the data
  /// is not what was measured. Otherwise that only leaves the data unproved.
  bool is_strict = false;
  /// Parts of the data that firmware or loader may have hashed; empty if `no`. The one whose
  /// hash is the digest is proved, and only it: what it leaves out remains a claim.
  std::vector<byte_view> candidates;
};

/// Returns what the digest of an event of this type, with this data, is over. Computes no hash.
/// @note The candidates are views into `data`.
/// @see TCG PC Client Platform Firmware Profile 1.06, 10.4.1, table 14; for EV_IPL the loaders
data_coverage coverage_of(event_type type, byte_view data);

} // namespace troth::evidence::eventlog
