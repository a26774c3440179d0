#include "actors/appraisal_subject.hpp"

#include <utility>

namespace troth::actors {

result<kept_report> subject_of(const protocol::appraisal_request& request, byte_view nonce,
                               const appraiser_ports& ports) {
  kept_report out;
  auto carried = protocol::to_bytes(request.report.body);
  if (request.kept.empty()) {
    const auto* const freshness = request.challenge_id.empty() ? "caller" : "challenge";
    out = {std::move(carried), copy(nonce), ports.now(), freshness, {}};
    if (ports.memory.peers && !request.peer.empty())
      out.left_out = ports.memory.peers->items_of(request.peer);
  } else {
    auto read = parse_kept_report(carried);
    if (!read) // nobody but this service wrote it
      return error{errc::internal, "kept: " + read.error().where};
    out = *std::move(read);
  }
  if (request.time.empty())
    return out;
  const auto chosen = parse_time(request.time);
  if (!chosen)
    return error{chosen.error().code, "time: " + chosen.error().where};
  out.when = *chosen;
  return out;
}

} // namespace troth::actors
