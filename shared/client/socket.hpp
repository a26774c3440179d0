#pragma once

#include "shared/client/gateway.hpp"

namespace troth::client {

/// Makes the function that sends messages in the reference's frames: `unix:///path`,
/// `tcp://host:port`. Each goes over a connection of its own.
/// @returns it; `malformed`; `unsupported` for certificates and tokens, which no socket takes.
/// @note The function returns the gateway's own error, by its code; `unavailable`, `timeout`; `io`
///       for a response that is none or too large.
result<cmc_send> open_socket(const http_options& options);

} // namespace troth::client
