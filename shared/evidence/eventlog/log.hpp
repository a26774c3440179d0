#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/evidence/eventlog/event.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace troth::evidence::eventlog {

/// What the register index of a log's events counts. The bytes do not tell.
enum class log_kind : std::uint8_t {
  tpm, ///< PCRs.
  cc,  ///< Measurement registers of a confidential VM, as the ACPI table CCEL delivers them.
};

/// One bank of digests that the events of a log carry.
struct bank {
  std::uint16_t algorithm_id; ///< TPM_ALG_ID, maybe of a hash function we do not compute.
  std::uint16_t digest_size;
};

/// What the first event of a log says about the log, if there is such an event.
/// @see TCG PC Client Platform Firmware Profile 1.06, 10.4.5.1
struct spec_id {
  bytes signature; ///< 15 bytes, e.g. `Spec ID Event03`, without the NUL behind them.
  std::uint32_t platform_class;
  std::uint8_t version_minor;
  std::uint8_t version_major;
  std::uint8_t errata;
  std::uint8_t uintn_size; ///< 1 for 4 bytes, 2 for 8 bytes.
  bytes vendor_info;
};

/// What stands behind the last event.
enum class terminator : std::uint8_t {
  none, ///< Nothing.
  zero, ///< Zeros to the end.
  ff,   ///< Four bytes 0xFF, then whatever the firmware left there.
};

/// A measured boot log. Parsed, not replayed.
/// @note `events[..].data` are views into the bytes that were parsed: keep those.
struct event_log {
  bool is_crypto_agile; ///< Else each event has one SHA-1 digest.
  std::optional<spec_id> spec;
  std::vector<bank> banks;   ///< In the order of the header.
  std::vector<event> events; ///< The Spec ID event included: it is no measured event.
  std::optional<std::uint8_t> startup_locality; ///< The last byte of PCR 0's start value: 0, 3, 4.
  std::size_t consumed_bytes;                   ///< Where the last event ends.
  terminator ends_with;
};

inline constexpr std::size_t max_log = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t max_events = 100'000;
inline constexpr std::size_t max_event_data = std::size_t{1024} * 1024;

/// Parses a TCG event log: crypto-agile (Spec ID Event03), or the SHA-1 format of TPM 1.2.
///
/// @returns the log; `truncated` if it ends inside a record; `too_large` above the limits;
///          `unsupported` for another major version of the format; `malformed` if a record
///          contradicts the header or a StartupLocality event is not the one that may be:
///          in PCR 0, before that is extended, once, with locality 0, 3 or 4.
/// @note Digests of hash functions we do not compute are skipped by the size the header gives.
/// @note What lies behind a terminator is not looked at, nor is any event's data.
/// @see TCG PC Client Platform Firmware Profile 1.06, 10; TCG EFI Platform Specification 1.22, 7
result<event_log> parse_event_log(byte_view log, log_kind kind);

} // namespace troth::evidence::eventlog
