#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/report/report.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the two sides of an attested TLS connection say to each other behind the TLS handshake, as
// the reference, cmc, does: version 1.3.0, in JSON and CBOR. Each message stands behind its length
// in bytes, 4 bytes, big-endian; its sender chooses the encoding.

namespace troth::wire::atls {

inline constexpr std::string_view version = "1.3.0";

inline constexpr std::size_t frame_header_bytes = 4;

/// Behind `complete`, where both sides have asked for it, the connection carries records: one byte
/// that says of what, 3 bytes with the length, big-endian, and so many bytes.
inline constexpr std::uint64_t renewal_version = 1;

enum class record : std::uint8_t {
  data,    ///< The application's.
  demand,  ///< A message, as those before, without its length; its last part.
  report,  ///< A `response`.
  verdict, ///< A `complete`.
};

/// Beside the kind: another part of this message follows, with nothing but data between.
inline constexpr std::uint8_t more_follows = 0x80;

/// With its header, what one record of TLS holds.
inline constexpr std::size_t max_record_bytes = std::size_t{16} * 1024 - frame_header_bytes;

/// Who proves itself.
enum class mode : std::uint8_t {
  mutual, ///< Both sides.
  client, ///< Who dialled.
  server, ///< Who listened.
  none,   ///< Nobody; the messages are exchanged all the same.
};

std::string_view name(mode which) noexcept;

/// The first message of each side.
struct request {
  mode attest = mode::mutual;      ///< What the sender demands; both must demand the same.
  std::vector<std::string> cached; ///< Hex digests of the peer's metadata that the sender has.
  /// Ours, which the reference passes over: how the sender would attest again on the connection
  /// (`renewal_version`). It does if both sides say the same.
  std::optional<std::uint64_t> renewal = {};
};

/// One side wants the other's proof once more. Answered by a `response`, that by a `complete`.
struct demand {
  bytes challenge;                 ///< `challenge_bytes` of them, by chance.
  std::vector<std::string> cached; ///< As in a request.
};

inline constexpr std::size_t challenge_bytes = 32;

/// The second: the report, or why there is none. Neither, of a side that has not to prove itself.
struct response {
  std::string error;
  bytes report;
};

/// The third: whether the sender will go on.
struct complete {
  bool success = false;
  std::string error; ///< Why not.
};

/// How long a message may be, in bytes; that of a response for a report of so many.
inline constexpr std::size_t max_request_bytes = std::size_t{512} * 1024;
inline constexpr std::size_t max_complete_bytes = std::size_t{64} * 1024;
constexpr std::size_t max_response_bytes(std::size_t max_report_bytes) noexcept {
  return (max_report_bytes + 2) / 3 * 4 + max_complete_bytes; // base64, and what is beside it
}

/// Reads one message, in the encoding that its first byte tells.
/// @returns `missing`, `truncated`, `trailing`, `malformed`, also for a success with an error and
///          for a report with one; `unsupported` for another version or mode; `too_large` for more
///          values than a message has. The place begins with the message's name, e.g.
///          `aTLS request.attest`.
/// @note Instantiated for the four messages. Members that are not of this version are passed over.
template <class Message>
result<Message> read(byte_view body);

/// Writes one message, behind its length.
template <class Message>
bytes write_frame(const Message& from, report::encoding as);

/// Returns how long the message behind such a header is, in bytes.
/// @param header `frame_header_bytes` of them.
std::uint32_t length_in(byte_view header) noexcept;

} // namespace troth::wire::atls
