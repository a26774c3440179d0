#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

// How Intel's services are spoken to: one question a connection, each message with its length in
// front.

namespace troth::device {

/// Where a quote service listens.
struct quote_service_address {
  std::string socket; ///< Path of a Unix socket; empty: over vsock.
  std::uint32_t cid = 2;
  std::uint32_t port = 4050;
};

enum class length_order : std::uint8_t { big, little };

/// Sends a message, and returns the one that comes back.
/// @param patience for how long each read and write may take. @param limit on what comes back.
/// @returns `not_found` if there is no such socket; `unavailable` if nobody listens or answers in
///          time; `truncated` if the service hangs up; `too_large`; `io`.
result<bytes> exchange(const quote_service_address& with, byte_view message, length_order order,
                       std::chrono::seconds patience, std::size_t limit);

} // namespace troth::device
