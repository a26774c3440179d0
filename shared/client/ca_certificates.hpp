#pragma once

#include "shared/base/result.hpp"
#include "shared/client/http.hpp"

#include <string>

// Whom to trust with the TLS certificates of machines.

namespace troth::client {

// Each returns PEM, and besides what `send` returns: the server's own error, by its code; `io` for
// an answer that is not of the form agreed on.

/// Asks a gateway.
result<std::string> ca_certificates_of_gateway(const http_send& send);

/// Asks an EST server, of whatever make. Its answer keeps no order.
/// @see RFC 7030, section 4.1
result<std::string> ca_certificates_of_est(const http_send& send);

} // namespace troth::client
