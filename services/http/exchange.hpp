#pragma once

#include "services/caller.hpp"
#include "shared/wire/problem.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace troth::services::http {

/// A request that has been read whole and held to the limits of its route.
struct request {
  std::string id; ///< Ours, random.
  std::string method;
  std::string path;
  std::string query; ///< Of the target, as the client sent it, without the question mark.
  std::vector<std::string> parameters; ///< What stands in the path for `{name}` of the route's.
  std::string media_type;              ///< Of the body, in lower case, without parameters.
  std::string content_type;            ///< The same, as the client sent it.
  std::string accept;                  ///< As the client sent it.
  std::string produces;                ///< The one of the route's types that the client likes best.
  std::string body;
  caller who;                  ///< Of a route that is not open.
  std::string trace;           ///< `traceparent` for those who are asked next.
  std::string prefer;          ///< As the client sent it.
  std::string idempotency_key; ///< Likewise.
};

struct response {
  unsigned status = 200;
  std::string media_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string code{}; ///< Of a problem, for the log.
  std::string why{};  ///< The same: also what the client is not told.
};

/// Sends the answer, once; later calls do nothing. Any thread may call.
using responder = std::function<void(response)>;

/// One method of one path. A segment in braces, as `{name}`, stands for any of 1 to 128 letters,
/// digits, `-`, `_`, `.` and `~`. The first route that fits counts.
struct route {
  std::string method;
  std::string path;
  std::function<void(request&&, responder)> serve;
  std::vector<std::string> consumes{}; ///< Media types of a body; empty: takes no body.
  std::vector<std::string> produces{}; ///< Media types of the answer; empty: any.
  std::size_t max_body_bytes = 0;
  std::function<result<void>(const caller&)> permit{}; ///< `forbidden` for who may not; none: all.
  bool is_open = false; ///< For everybody, and at any load: how the service is.
};

/// Told of every answer, for logs and figures.
struct observation {
  const request& asked;
  const response& answer;
  const std::string& route; ///< Path of the route; empty if there was none.
  bool is_open;             ///< The route's.
  const std::string& client;
  std::size_t received_bytes; ///< Of the body.
  std::size_t sent_bytes;     ///< Likewise.
  std::chrono::steady_clock::duration time;
};

/// Makes an answer of a problem; `why` is for the log.
response problem_response(const wire::problem& what, const std::string& request_id,
                          const std::string& why = {});

/// Makes an answer of an error.
response error_response(const error& why, const std::string& request_id);

} // namespace troth::services::http
