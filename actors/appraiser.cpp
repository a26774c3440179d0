#include "actors/appraiser.hpp"

#include "actors/appraisal_subject.hpp"
#include "actors/collateral_desk.hpp"
#include "shared/appraisal/appraise.hpp"
#include "shared/protocol/deadline.hpp"
#include "shared/protocol/error.hpp"
#include "shared/report/envelope.hpp"

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

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
  anchors.metadata_roots = anchors.ak_roots = anchors.snp_roots = anchors.intel_roots
    = anchors.psa_roots = *roots;
  anchors.status_roots = *roots;
  return anchors;
}

/// Says what was not the verifier's own choice.
std::vector<std::string> chosen_by_caller(const protocol::appraisal_request& request) {
  std::vector<std::string> out;
  if (!request.roots.empty())
    out.emplace_back("roots");
  if (!request.time.empty())
    out.emplace_back("time");
  if (!request.policy_document.empty())
    out.emplace_back("policy");
  return out;
}

/// Remembers what an appraisal under our own rules taught.
void learn(const protocol::appraisal_request& request, const protocol::request_context& of,
           kept_report&& subject, const report::attestation_result& outcome,
           const appraiser_memory& memory) {
  const auto& parsed = outcome.parsed;
  if (parsed && outcome.summary.says != report::status::fail) {
    if (memory.versions)
      memory.versions->learn(outcome);
    if (memory.peers)
      memory.peers->learn(request.peer, parsed->claims, subject.left_out);
  }
  if (!memory.reports || !memory.reports->keeps())
    return;
  std::erase_if(subject.left_out, [&](const auto& item) {
    return !parsed || parsed->claims.metadata.contains(item.first)
           || std::ranges::find(parsed->claims.digests, item.first) == parsed->claims.digests.end();
  });
  memory.reports->keep(of.id, subject);
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

/// Whether what a report lacks is waited for.
enum class lacking { waited_for, judged };

/// A result, or the names of what is lacking for it.
using attempt = std::variant<protocol::payload, std::vector<std::string>>;

result<attempt> appraise(const protocol::appraisal_request& request,
                         const protocol::request_context& of, byte_view nonce,
                         const appraiser_rules& rules, const appraiser_ports& ports,
                         lacking what_is) {
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
  auto subject = subject_of(request, nonce, ports);
  if (!subject)
    return subject.error();
  const auto inner = report::unwrap_report(subject->report, subject->when);
  if (!inner)
    return in_member("report", inner.error());
  const auto& report = *inner ? **inner : subject->report;
  // What judges, and when.
  const auto is_ours = request.roots.empty() && request.time.empty()
                       && request.policy_document.empty();
  const auto& memory = ports.memory;
  std::optional<collateral_desk> desk;
  if (ports.collateral.depot)
    desk.emplace(ports.collateral.depot, ports.now());
  auto outcome = ports.appraise({report, subject->nonce, **policy, *anchors, subject->when,
                                 &subject->left_out, is_ours ? memory.versions.get() : nullptr,
                                 request.policy_document.empty() ? memory.proofs.get() : nullptr,
                                 desk ? &*desk : nullptr,
                                 rules.references ? rules.references->active() : nullptr});
  if (what_is == lacking::waited_for && desk && !desk->missed().empty())
    return attempt{desk->missed()};
  outcome.verifier_name = rules.verifier_name;
  outcome.freshness_source = subject->freshness_source;
  outcome.caller_inputs = chosen_by_caller(request);
  const auto replacement = policy::judge(outcome, rules.scripts, ports.run_script);
  if (!replacement)
    return replacement.error();
  if (is_ours)
    learn(request, of, *std::move(subject), outcome, memory);
  const auto written = *replacement ? replaced(**replacement, *as)
                                    : report::write_face(outcome, *as,
                                                         rules.issuer ? &*rules.issuer : nullptr);
  if (!written)
    return written.error();
  if (ports.told)
    ports.told(report::name(outcome.summary.says), request, of);
  auto body = protocol::to_blob(*written);
  const auto size = body.size();
  return attempt{
    protocol::payload{std::string{report::media_type(*as)}, std::move(body), {}, size}};
}

/// Who fetches these; null: nobody.
const collateral_keeper_actor& keeper_of(const std::vector<std::string>& names,
                                         const collateral_supply& of) {
  return names.front().starts_with("amd") ? of.amd : of.intel;
}

using appraised_promise = caf::typed_response_promise<protocol::payload>;

/// For its PCK certificate, and then for what Intel says of that one's platform.
constexpr int most_waits = 2;

/// One request, which may be appraised once more after each wait.
struct appraisal_job {
  appraiser_actor::pointer self;
  std::shared_ptr<const appraiser_rules> rules;
  appraiser_ports ports;
  protocol::appraisal_request request;
  protocol::request_context of;
  bytes nonce;
  appraised_promise answer;
  int waits_left = most_waits;

  result<attempt> run(lacking what_is) const {
    auto done = appraise(request, of, nonce, *rules, ports, what_is);
    if (!done && ports.told)
      ports.told(name(done.error().code), request, of);
    return done;
  }

  void give(result<attempt> done) {
    if (!done)
      answer.deliver(protocol::to_caf(done.error()));
    else
      answer.deliver(std::get<protocol::payload>(*std::move(done)));
  }
};

void attempt_job(const std::shared_ptr<appraisal_job>& job);

/// Waits for what is lacking, and takes what there is then. If all of it came, that may lack more.
void wait_for(const std::vector<std::string>& names, const std::shared_ptr<appraisal_job>& job) {
  const auto& supply = job->ports.collateral;
  const auto patience = std::min(supply.patience, protocol::time_left(job->request.deadline_ms,
                                                                      job->ports.now(), any_time));
  const auto go_on = [job, wanted = names.size()](std::uint32_t count) {
    job->waits_left = count == wanted ? job->waits_left - 1 : 0;
    attempt_job(job);
  };
  job->self->request(keeper_of(names, supply), patience, collateral_atom::value, names)
    .then(go_on, [go_on](const caf::error&) { go_on(0); });
}

void attempt_job(const std::shared_ptr<appraisal_job>& job) {
  const auto& supply = job->ports.collateral;
  const auto may_wait = (supply.amd || supply.intel) && job->waits_left > 0;
  auto done = job->run(may_wait ? lacking::waited_for : lacking::judged);
  const auto* lacks = done ? std::get_if<std::vector<std::string>>(&*done) : nullptr;
  if (lacks == nullptr)
    job->give(std::move(done));
  else if (keeper_of(*lacks, supply))
    wait_for(*lacks, job);
  else
    job->give(job->run(lacking::judged));
}

} // namespace

appraiser_actor::behavior_type appraiser(appraiser_actor::pointer self,
                                         const std::shared_ptr<const appraiser_rules>& rules,
                                         const appraiser_ports& ports) {
  return {
    [=](protocol::appraise_atom, protocol::appraisal_request& request,
        const protocol::request_context& of, const protocol::blob& nonce) -> appraised_promise {
      const auto job = std::make_shared<appraisal_job>(
        appraisal_job{self, rules, ports, std::move(request), of, protocol::to_bytes(nonce),
                      self->make_response_promise<protocol::payload>()});
      attempt_job(job);
      return job->answer;
    },
  };
}

} // namespace troth::actors
