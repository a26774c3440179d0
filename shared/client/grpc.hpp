#pragma once

#include "shared/client/gateway.hpp"

namespace troth::client {

/// Opens a client of the reference's API over gRPC: `grpc://host:port`, plain; `grpcs://`, TLS.
/// Reports are CBOR and results JSON there, whatever is asked for.
/// @returns it; `malformed`; `forbidden` for a token that would go over the network in the clear;
///          what `files::read` returns.
/// @note Its functions return the gateway's own error, by its code; `unavailable`, `timeout`.
result<gateway> open_grpc(const http_options& options);

} // namespace troth::client
