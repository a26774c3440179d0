#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <optional>

namespace troth::evidence::sw {

/// What a software key signs in place of hardware: the payload of a JWS or COSE message.
/// Parsed, not yet authenticated.
struct statement {
  bytes nonce;                         ///< The hash of the report's context; 1 to 64 bytes.
  std::optional<digest> log_aggregate; ///< SHA-256: what the log of containers extends to.
};

inline constexpr std::size_t max_statement = 4096;

/// Parses a statement, JSON or canonical CBOR. Members we do not know are passed over.
///
/// @returns the statement; `missing` without a nonce; `malformed` if a member is not of its
///          form or size; `too_large` above 4 KiB; `truncated`, `trailing`.
result<statement> parse_statement(byte_view payload);

/// Writes a statement as JSON.
bytes write_statement(const statement& value);

} // namespace troth::evidence::sw
