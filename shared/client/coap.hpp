#pragma once

#include "shared/client/gateway.hpp"

namespace troth::client {

/// Makes the function that sends messages over CoAP: `coap://host:port`, UDP; `coaps://`, DTLS.
/// Each goes over a session of its own.
/// @returns it; `malformed`; `missing` for DTLS without all of CA, certificate and key;
///          `unsupported` for a token, which CoAP has no place for.
/// @note The function returns the gateway's own error, by its code; `unavailable`, `timeout`,
///       `untrusted`; `io` for a response that is too large.
result<cmc_send> open_coap(const http_options& options);

} // namespace troth::client
