#include "actors/appraiser.hpp"

#include "shared/appraisal/appraise.hpp"
#include "shared/protocol/deadline.hpp"
#include "shared/protocol/error.hpp"
#include "shared/report/envelope.hpp"

#include <caf/result.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace troth::actors {

namespace {

constexpr std::chrono::milliseconds any_time = std::chrono::hours{1};

/// Puts what was wrong with a member of the request before where it was.
error in_member(const char* member, const error& why) {
  return {why.code, std::string{member} + ": " + why.where};
}

result<std::shared_ptr<const appraisal::policy>>
policy_of(const protocol::appraisal_request& request, const appraiser_rules& rules) {
  if (request.policy_document.empty())
    return rules.policies->find(request.policy);
  auto read = appraisal::parse_policy(request.policy_document);
  if (!read)
    return in_member("policyDocument", read.error());
  return std::make_shared<const appraisal::policy>(*std::move(read));
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

/// Reads what the result shall be, and refuses before the work what cannot be told after it.
result<report::face> face_of(const protocol::appraisal_request& request,
                             const appraiser_rules& rules) {
  const auto as = report::face_of(request.accept);
  if (!as)
    return error{errc::unsupported, "accept: " + request.accept};
  const auto is_token = *as == report::face::ear_jwt || *as == report::face::ear_cwt;
  if (is_token && !rules.issuer)
    return error{errc::unsupported, "accept: no tokens are signed here"};
  return *as;
}

/// A replacement is JSON; nobody can say what it would be under another face.
result<bytes> replaced(const std::string& replacement, report::face as) {
  if (as != report::face::json)
    return error{errc::unsupported, "accept: a script replaced the result, by JSON"};
  return to_bytes(replacement);
}

result<protocol::payload> appraise(const protocol::appraisal_request& request, byte_view nonce,
                                   const appraiser_rules& rules, const appraiser_ports& ports) {
  if (protocol::time_left(request.deadline_ms, ports.now(), any_time) == any_time.zero())
    return error{errc::timeout, "appraisal: nobody waits for it any more"};
  const auto policy = policy_of(request, rules);
  if (!policy)
    return policy.error();
  const auto as = face_of(request, rules);
  if (!as)
    return as.error();
  const auto anchors = anchors_of(request, rules);
  if (!anchors)
    return anchors.error();
  const auto when = time_of(request, ports.now());
  if (!when)
    return when.error();
  const auto carried = protocol::to_bytes(request.report.body);
  const auto inner = report::unwrap_report(carried);
  if (!inner)
    return in_member("report", inner.error());
  const auto& report = *inner ? **inner : carried;
  // What judges, and when.
  const auto is_ours = request.roots.empty() && request.time.empty()
                       && request.policy_document.empty();
  const auto& [proofs, versions, peers] = ports.memory;
  const auto left_out = peers && !request.peer.empty() ? peers->items_of(request.peer)
                                                       : peer_cache::items{};
  auto outcome = ports.appraise({report, nonce, **policy, *anchors, *when, &left_out,
                                 is_ours ? versions.get() : nullptr,
                                 request.policy_document.empty() ? proofs.get() : nullptr});
  outcome.verifier_name = rules.verifier_name;
  outcome.freshness_source = request.challenge_id.empty() ? "caller" : "challenge";
  if (!request.roots.empty())
    outcome.caller_inputs.emplace_back("roots");
  if (!request.time.empty())
    outcome.caller_inputs.emplace_back("time");
  if (!request.policy_document.empty())
    outcome.caller_inputs.emplace_back("policy");
  const auto replacement = policy::judge(outcome, rules.scripts, ports.run_script);
  if (!replacement)
    return replacement.error();
  if (is_ours && outcome.parsed && outcome.summary.says != report::status::fail) {
    if (versions)
      versions->learn(outcome);
    if (peers)
      peers->learn(request.peer, outcome.parsed->claims, left_out);
  }
  const auto written = *replacement ? replaced(**replacement, *as)
                                    : report::write_face(outcome, *as,
                                                         rules.issuer ? &*rules.issuer : nullptr);
  if (!written)
    return written.error();
  if (ports.told)
    ports.told(report::name(outcome.summary.says), request);
  auto body = protocol::to_blob(*written);
  const auto size = body.size();
  return protocol::payload{std::string{report::media_type(*as)}, std::move(body), {}, size};
}

} // namespace

appraiser_actor::behavior_type appraiser(const std::shared_ptr<const appraiser_rules>& rules,
                                         const appraiser_ports& ports) {
  return {
    [=](protocol::appraise_atom, const protocol::appraisal_request& request,
        const protocol::blob& nonce) -> caf::result<protocol::payload> {
      auto done = appraise(request, protocol::to_bytes(nonce), *rules, ports);
      if (!done && ports.told)
        ports.told(name(done.error().code), request);
      if (!done)
        return protocol::to_caf(done.error());
      return *std::move(done);
    },
  };
}

} // namespace troth::actors
