#pragma once

#include "shared/base/error.hpp"

#include <cstdint>

// What an error is called at the doors that have numbers of their own for it. The stable code goes
// along as text.

namespace troth::wire {

/// Returns the gRPC status, e.g. 8 for RESOURCE_EXHAUSTED.
/// @see grpc/doc/statuscodes.md
int grpc_status(errc code) noexcept;

/// Returns the CoAP response code, its class in the upper three bits: 0x84 for 4.04.
/// @see RFC 7252, section 12.1.2; RFC 8132, section 4; RFC 8516
std::uint8_t coap_code(errc code) noexcept;

} // namespace troth::wire
