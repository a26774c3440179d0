#pragma once

#include "shared/base/bytes.hpp"

#include <caf/fwd.hpp>
#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>

namespace troth::protocol {

/// Bytes in a message. A string, because CAF 0.17.6 checks a string's length
/// against what has arrived, and allocates whatever length a vector claims.
using blob = std::string;

inline blob to_blob(byte_view from) {
  return to_text(from);
}

inline bytes to_bytes(const blob& from) {
  return troth::to_bytes(from);
}

/// Peers of another major version are refused.
inline constexpr std::uint16_t protocol_major = 3;
inline constexpr std::uint16_t protocol_minor = 0;

/// No frame carries more of a body than this; the rest goes in chunks.
inline constexpr std::size_t max_chunk_bytes = std::size_t{1024} * 1024;

/// The roles that processes have, as `hello::role` and their certificates name them.
namespace role {
inline constexpr const char* driver = "driver";
inline constexpr const char* prover = "prover";
inline constexpr const char* verifier = "verifier";
inline constexpr const char* est = "est";
inline constexpr const char* gateway = "gateway";
} // namespace role

/// The first message on every connection, in both directions.
struct hello {
  std::uint16_t major = protocol_major;
  std::uint16_t minor = protocol_minor;
  std::string role;
  std::string name;  ///< Of the instance, for logs.
  std::string build; ///< E.g. `troth-verifier 0.1.0`.
};

/// A body with its type. What does not fit into one chunk is put before the
/// message that refers to it, or got after it.
struct payload {
  std::string media_type;
  blob body;                    ///< All of it, or empty where `transfer` names it.
  std::string transfer;         ///< Empty, or the id of the chunks that hold the body.
  std::uint64_t size_bytes = 0; ///< Of the whole body.
};

/// A part of a body that is being put.
struct chunk {
  std::string transfer; ///< 16 random bytes in hex, chosen by who puts.
  std::uint64_t offset = 0;
  std::uint64_t total_bytes = 0;
  blob body; ///< 1 to `max_chunk_bytes`.
};

/// Whether a process can do its work, and if not, why.
struct readiness {
  bool is_ready = false;
  std::string reasons; ///< One a line; empty when ready. `name: reason`.
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, hello& x) {
  return f(caf::meta::type_name("hello"), x.major, x.minor, x.role, x.name, x.build);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, payload& x) {
  return f(caf::meta::type_name("payload"), x.media_type, x.body, x.transfer, x.size_bytes);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, chunk& x) {
  return f(caf::meta::type_name("chunk"), x.transfer, x.offset, x.total_bytes, x.body);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, readiness& x) {
  return f(caf::meta::type_name("readiness"), x.is_ready, x.reasons);
}

} // namespace troth::protocol
