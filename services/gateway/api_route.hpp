#pragma once

#include "services/gateway/access.hpp"
#include "services/gateway/background_jobs.hpp"
#include "services/gateway/operations.hpp"
#include "services/http/exchange.hpp"
#include "services/net/limits.hpp"

#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

// What the routes below `/v1` have in common.

namespace troth::services {

/// What the REST API is made of.
struct api_parts {
  const operations* to;
  boost::asio::thread_pool* workers; ///< For what takes long: the bodies' translation.
  background_jobs* jobs;
  std::shared_ptr<net::load> busy; ///< Shared with all doors.
  std::chrono::seconds keep;       ///< Outcomes, for who asks later or again.
  std::string version;             ///< Ours.
};

using api_handler = void (*)(const api_parts&, const http::request&, http::responder);

/// Makes a route whose work is done by a worker: a large body would hold up the connections that
/// share its thread. What it is given must outlive its listener.
http::route make_route(const char* method, const char* path, action what, const api_parts& with,
                       api_handler serve);

/// Returns who asks by REST, and under which ids.
origin origin_of(const http::request& asked);

/// Returns what answers a client with a payload.
std::function<void(result<protocol::payload>)> respond_with_payload(http::responder respond,
                                                                    std::string id);

/// Makes the answer of an appraisal that came to nothing: 406 if the verifier does not make the
/// form that was asked for.
http::response result_problem(const error& why, const std::string& id);

/// Returns what answers a client with the result of an appraisal.
std::function<void(result<protocol::payload>)> respond_with_result(http::responder respond,
                                                                   std::string id);

} // namespace troth::services
