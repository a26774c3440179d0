#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <optional>

namespace troth::evidence::snp {

/// The certificates that a host hands to its guest beside a report. The host's word: nothing in
/// it is trusted.
struct certificate_table {
  std::optional<bytes> vcek; ///< DER, or PEM as some hosts have it, as all of them.
  std::optional<bytes> vlek;
  std::optional<bytes> ask; ///< ASK, or ASVK beside a VLEK.
  std::optional<bytes> ark;
  std::optional<bytes> crl;
  std::size_t unknown = 0; ///< Entries of other kinds, which are passed over.
};

/// Parses the certificate table of an extended report (`auxblob` of configfs-tsm).
///
/// @returns the table; `truncated` if it does not end, or an entry is not all in it;
///          `malformed` for an entry that lies in the header, or a kind that occurs twice;
///          `too_large` above 32 entries or 64 KiB for one.
/// @note The certificates are not parsed. What lies between and behind them is passed over:
///       a host fills up whole pages.
/// @see AMD 56421 (GHCB), 4.1.8.1
result<certificate_table> parse_certificate_table(byte_view input);

/// Writes one with the certificates that are there.
bytes write_certificate_table(const certificate_table& table);

} // namespace troth::evidence::snp
