#pragma once

#include "services/gateway/operations.hpp"
#include "services/logging.hpp"
#include "services/metrics.hpp"
#include "services/net/limits.hpp"
#include "shared/wire/cmc.hpp"

#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

// What the doors of the reference's API have in common.

namespace troth::services {

/// A request that was answered, for logs and figures.
struct door_observation {
  std::string door;      ///< `socket`, `coap`, `grpc`.
  std::string id;        ///< Of the request: ours, random.
  std::string trace;     ///< `traceparent` for those who are asked next.
  std::string client;    ///< As its caller is named.
  std::string operation; ///< `Attest`; empty if it is none of ours.
  std::string code;      ///< Stable, of an error; empty for a success.
  std::string why;       ///< Also what the client is not told.
  std::size_t received_bytes = 0;
  std::size_t sent_bytes = 0;
  std::chrono::steady_clock::duration time{};
};

/// Writes an answer to the log, and counts it.
void record(const event_log& log, metrics& figures, const door_observation& seen);

/// What every door is given.
struct door_parts {
  const operations* to;
  boost::asio::thread_pool* workers; ///< For what takes long: the bodies' translation.
  net::limits allowed;
  std::shared_ptr<net::load> busy; ///< Shared with the other doors.
  std::function<std::string()> make_id;
  std::function<void(const door_observation&)> observe;
};

/// Returns what a client is told of an error: its stable code, and why unless that is our own
/// malfunction.
std::string told(const error& why);

/// Begins the record of a request.
/// @param trace `traceparent` as it came; none that is good: a new trace begins.
door_observation observe_request(const door_parts& door, const char* name,
                                 std::string_view trace = {});

/// Answers a request from a worker thread, as `answer_cmc` does; `body` is whole.
void answer_at_door(const door_parts& door, origin from, wire::cmc::operation which,
                    std::string body, report::encoding as, operations::answer<bytes> then);

} // namespace troth::services
