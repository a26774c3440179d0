#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>

namespace troth::link {

/// How long a handshake may take.
inline constexpr std::chrono::seconds handshake_time{3};

/// How many peers may be in their handshake with us at a time; one more ends the oldest.
inline constexpr std::size_t max_handshakes = 64;

/// Holds one step of a handshake, which ended with `result`, to its bounds.
///
/// Only where OpenSSL works on a socket itself, as CAF's does. CAF calls again
/// and again while the peer is silent: one of the waiting handshakes then
/// sleeps a millisecond for all of them, so that the thread does not spin.
/// @returns `result`, or -1 with an error in OpenSSL's queue if the time is up.
int bounded(SSL* ssl, int result);

} // namespace troth::link
