#include "actors/appraiser.hpp"

#include "shared/appraisal/appraise.hpp"
#include "shared/protocol/error.hpp"

#include <caf/result.hpp>

#include <optional>
#include <utility>

namespace troth::actors {

namespace {

constexpr std::string_view json = "application/json";
constexpr std::string_view cbor = "application/cbor";

/// Puts what was wrong with a member of the request before where it was.
error in_member(const char* member, const error& why) {
  return {why.code, std::string{member} + ": " + why.where};
}

result<endorsement::trust_anchors> anchors_of(const protocol::appraisal_request& request,
                                              const appraiser_rules& rules) {
  if (request.roots.empty())
    return rules.anchors;
  auto roots = crypto::certificate::from_pem(request.roots);
  if (!roots)
    return in_member("roots", roots.error());
  auto anchors = rules.anchors;
  anchors.metadata_roots = anchors.ak_roots = anchors.snp_roots = anchors.intel_roots = *roots;
  anchors.status_roots = *roots;
  return anchors;
}

result<time_point> time_of(const protocol::appraisal_request& request, time_point now) {
  if (request.time.empty())
    return now;
  const auto chosen = parse_time(request.time);
  if (!chosen)
    return in_member("time", chosen.error());
  return chosen;
}

result<report::encoding> encoding_of(const protocol::appraisal_request& request) {
  if (request.accept == json)
    return report::encoding::json;
  if (request.accept == cbor)
    return report::encoding::cbor;
  return error{errc::unsupported, "accept: " + request.accept};
}

result<protocol::payload> appraise(const protocol::appraisal_request& request, byte_view nonce,
                                   const appraiser_rules& rules, const appraiser_ports& ports) {
  const auto policy = rules.policies.find(request.policy.empty() ? rules.default_policy
                                                                 : request.policy);
  if (policy == rules.policies.end())
    return error{errc::not_found, "policy: " + request.policy};
  const auto as = encoding_of(request);
  if (!as)
    return as.error();
  const auto anchors = anchors_of(request, rules);
  if (!anchors)
    return anchors.error();
  const auto when = time_of(request, ports.now());
  if (!when)
    return when.error();
  const auto report = protocol::to_bytes(request.report.body);
  const auto is_ours = request.roots.empty() && request.time.empty(); // what judges, and when
  const auto& [proofs, versions, peers] = ports.memory;
  const auto left_out = peers && !request.peer.empty() ? peers->items_of(request.peer)
                                                       : peer_cache::items{};
  auto outcome = ports.appraise({report, nonce, policy->second, *anchors, *when, &left_out,
                                 is_ours ? versions.get() : nullptr, proofs.get()});
  if (is_ours && outcome.parsed && outcome.summary.says != report::status::fail) {
    if (versions)
      versions->learn(outcome);
    if (peers)
      peers->learn(request.peer, outcome.parsed->claims, left_out);
  }
  outcome.verifier_name = rules.verifier_name;
  outcome.freshness_source = request.challenge_id.empty() ? "caller" : "challenge";
  if (!request.roots.empty())
    outcome.caller_inputs.emplace_back("roots");
  if (!request.time.empty())
    outcome.caller_inputs.emplace_back("time");
  auto body = protocol::to_blob(report::write_result(outcome, *as));
  const auto size = body.size();
  return protocol::payload{request.accept, std::move(body), {}, size};
}

} // namespace

appraiser_actor::behavior_type appraiser(const std::shared_ptr<const appraiser_rules>& rules,
                                         const appraiser_ports& ports) {
  return {
    [=](protocol::appraise_atom, const protocol::appraisal_request& request,
        const protocol::blob& nonce) -> caf::result<protocol::payload> {
      auto done = appraise(request, protocol::to_bytes(nonce), *rules, ports);
      if (!done)
        return protocol::to_caf(done.error());
      return *std::move(done);
    },
  };
}

} // namespace troth::actors
