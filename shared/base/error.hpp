#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace troth {

/// Why a function has no value to return. Append only: the number and the name
/// of a code go out to peers, logs and clients.
enum class errc : std::uint8_t {
  // -- the input's fault: appraisal turns these into failing findings ---------
  truncated = 1,   ///< The input ended before the field did.
  trailing,        ///< Bytes were left after the last field.
  malformed,       ///< A field holds a value its specification forbids.
  too_large,       ///< A length or count exceeds the limit we set for it.
  unsupported,     ///< Well-formed, but of a version or kind we do not know.
  bad_signature,   ///< The key did not sign these bytes.
  no_challenge,    ///< We issued no such challenge, or it was used, or it expired.
  untrusted,       ///< A certificate does not chain to a trust anchor for its role.
  expired,         ///< Now is not within a validity period.
  weak,            ///< An algorithm or key below what we accept.
  missing,         ///< A member or argument that must be there is absent.
  unknown_key,     ///< A configuration key or argument that nobody reads.
  forbidden,       ///< The caller may not ask for this.
  not_found,       ///< There is no such object or route.
  conflict,        ///< It contradicts what is already there.
  unauthenticated, ///< The caller has not shown who it is.
  // -- ours or the world's: these stay errors, and no verdict is given --------
  io = 64,        ///< A file, device or peer failed us.
  no_endorsement, ///< We hold no key or reference value for this device.
  exhausted,      ///< Something of ours is full; later it may not be.
  unavailable,    ///< A peer is not there, or was lost; asking again may help.
  timeout,        ///< No answer within the deadline; asking again may help.
  internal,       ///< A malfunction of ours.
};

/// Returns whether `code` blames the bytes we were given.
constexpr bool blames_input(errc code) noexcept {
  return code < errc::io;
}

/// Returns whether the same request may succeed when asked again.
constexpr bool is_retriable(errc code) noexcept {
  return code == errc::exhausted || code == errc::unavailable || code == errc::timeout;
}

/// Returns the stable name of `code`; empty if it is no code of ours.
std::string_view name(errc code) noexcept;

/// A failure and where it happened: `{truncated, "tpm.quote.pcr_digest at byte 61"}`.
struct error {
  errc code;
  std::string where; ///< The place; with what was got and expected where that helps. No secret.
};

/// Returns `truncated: tpm.quote.pcr_digest at byte 61`.
std::string to_string(const error& why);

} // namespace troth
