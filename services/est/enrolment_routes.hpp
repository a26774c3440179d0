#pragma once

#include "services/bridge.hpp"
#include "services/http/exchange.hpp"
#include "shared/protocol/interfaces.hpp"

#include <cstddef>
#include <vector>

namespace troth::services {

/// What the routes for enrolment ask.
struct enrolment_server {
  const bridge& actors; ///< Must outlive the routes.
  protocol::est_actor est;
  std::size_t max_report_bytes;
};

/// Returns the routes of EST (RFC 7030), the reference's among them: the CA's certificates, a
/// challenge, and the enrolment of TLS keys. They are for everybody: a report says who asks.
std::vector<http::route> enrolment_routes(const enrolment_server& at);

} // namespace troth::services
