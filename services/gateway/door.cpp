#include "services/gateway/door.hpp"

#include "services/gateway/cmc_api.hpp"
#include "services/http/trace.hpp"
#include "shared/wire/problem.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace troth::services {

void record(const event_log& log, metrics& figures, const door_observation& seen) {
  const auto seconds = std::chrono::duration<double>(seen.time).count();
  const metrics::labels labels{{"door", seen.door},
                               {"operation", seen.operation.empty() ? "none" : seen.operation}};
  auto outcome = labels;
  outcome["code"] = seen.code.empty() ? "ok" : seen.code;
  figures.count("troth_door_requests_total", "Requests answered by the reference's API", outcome);
  figures.observe_seconds("troth_door_request_seconds", "Time from request to answer", labels,
                          seconds);
  log.info(seen.door + ".answered",
           {{"request", seen.id},
            {"trace", http::trace_id(seen.trace)},
            {"client", seen.client},
            {"operation", seen.operation},
            {"milliseconds", std::to_string(static_cast<long>(seconds * 1000))},
            {"received", std::to_string(seen.received_bytes)},
            {"sent", std::to_string(seen.sent_bytes)},
            {"code", seen.code},
            {"why", seen.why}});
}

std::string told(const error& why) {
  const auto problem = wire::to_problem(why);
  return problem.code + ": " + problem.detail;
}

door_observation observe_request(const door_parts& door, const char* name, std::string_view trace) {
  door_observation out;
  out.door = name;
  out.id = door.make_id();
  out.trace = http::continue_trace(trace, door.make_id() + out.id + out.id);
  return out;
}

void answer_at_door(const door_parts& door, origin from, wire::cmc::operation which,
                    std::string body, report::encoding as, operations::answer<bytes> then) {
  boost::asio::post(*door.workers, [to = door.to, from = std::move(from), which,
                                    body = std::move(body), as, then = std::move(then)] {
    try {
      answer_cmc(*to, from, which, body, as, then);
    } catch (const std::exception& why) { // most likely there is no memory left
      then(error{errc::internal, why.what()});
    }
  });
}

} // namespace troth::services
