#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// A session of Veraison's challenge-response API, as it is asked for, kept and shown. Pure.

namespace troth::services::veraison {

inline constexpr std::string_view session_media_type
  = "application/vnd.veraison.challenge-response-session+json";

inline constexpr std::size_t default_nonce_bytes = 32;

/// What a new session is asked to have.
struct nonce_wish {
  bytes nonce; ///< The caller's own; empty: one is made.
  std::size_t size_bytes = default_nonce_bytes;
};

/// Reads the query of `newSession`: nothing, `nonceSize=N` or `nonce=BASE64URL`, both of 8 to 64
/// bytes; padding is taken or not.
/// @returns `malformed` for a size or nonce that is none; `conflict` for both; `unknown_key`.
result<nonce_wish> parse_nonce_wish(std::string_view query);

struct session {
  bytes nonce;
  std::string expires;      ///< RFC 3339.
  std::string challenge_id; ///< Of the verifiers' challenge; empty: the nonce is no challenge.

  friend bool operator==(const session&, const session&) = default;
};

/// Writes a session as verifiers keep it.
std::string write_kept(const session& from);

/// @returns `malformed` and the like for what `write_kept` has not written.
result<session> parse_kept(std::string_view text);

/// What a session has come to.
namespace state {
inline constexpr std::string_view waiting = "waiting";
inline constexpr std::string_view processing = "processing";
inline constexpr std::string_view complete = "complete";
inline constexpr std::string_view failed = "failed";
} // namespace state

/// Writes a session as clients see it.
/// @param result the EAR, a JWT; empty: none.
std::string write_session(const session& from, std::string_view state, std::string_view result);

/// Returns the media types of evidence that a session takes, without parameters.
const std::vector<std::string>& evidence_types();

/// Writes what `/.well-known/veraison/verification` shows.
/// @param key_set a JWK set, whose first key signs.
/// @returns `malformed` for what is none; `not_found` for one without a key.
result<std::string> write_discovery(std::string_view key_set, std::string_view version);

} // namespace troth::services::veraison
