#pragma once

#include "services/http/exchange.hpp"
#include "services/metrics.hpp"
#include "services/readiness.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troth::services {

/// Whether everybody is told why a process is not ready, which names its peers.
enum class reasons : std::uint8_t { shown, hidden };

/// Returns the routes that say how a process is: /healthz, /readyz, /metrics, /version. The first
/// two are open to everybody. What they are given must outlive their listener.
std::vector<http::route> status_routes(const readiness& ready, const metrics& figures,
                                       const std::string& program, const std::string& version,
                                       reasons why = reasons::shown);

} // namespace troth::services
