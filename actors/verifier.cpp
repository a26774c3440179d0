#include "actors/verifier.hpp"

#include "actors/outcome_desk.hpp"
#include "shared/base/hex.hpp"
#include "shared/protocol/error.hpp"

#include <caf/all.hpp>

#include <utility>

namespace troth::actors {

namespace {

using namespace protocol;

constexpr std::size_t id_bytes = 16;
constexpr std::size_t nonce_bytes = 32;
constexpr std::size_t min_caller_nonce_bytes = 8;
constexpr std::size_t max_caller_nonce_bytes = 64;
constexpr std::size_t max_name_bytes = 128;
constexpr std::string_view key_set_media_type = "application/jwk-set+json";
constexpr std::string_view json_media_type = "application/json";

result<challenge> issue(const verifier_options& options, const verifier_ports& ports) {
  const auto random = ports.random(id_bytes + nonce_bytes);
  if (!random)
    return random.error();
  const auto id = hex(byte_view{*random}.first(id_bytes));
  const auto nonce = byte_view{*random}.last(nonce_bytes);
  const auto now = ports.now();
  const auto expires = now + options.challenge_lifetime;
  if (const auto kept = ports.challenges->put(id, nonce, expires, now); !kept)
    return kept.error();
  return challenge{id, to_blob(nonce), format_time(expires)};
}

/// Refuses a request for a kept report that is more than that.
result<void> check_kept(const appraisal_request& request) {
  if (request.policy_document.empty())
    return error{errc::malformed, "kept: only to try a policy"};
  if (!request.challenge_id.empty() || !request.nonce.empty() || !request.roots.empty()
      || !request.peer.empty())
    return error{errc::malformed, "kept: what it answered was kept with it"};
  if (request.kept.size() > max_name_bytes
      || request.policy_document.size() > store::max_policy_bytes)
    return error{errc::too_large, "kept or policyDocument"};
  return {};
}

/// Refuses what cannot be appraised, before it costs the caller a challenge.
result<void> check(const appraisal_request& request, const verifier_options& options) {
  if (!request.kept.empty())
    return check_kept(request);
  if (request.challenge_id.empty() && request.nonce.empty())
    return error{errc::missing, "challengeId or nonce"};
  if (!request.challenge_id.empty() && !request.nonce.empty())
    return error{errc::malformed, "challengeId and nonce: expected one"};
  if (request.challenge_id.size() > max_name_bytes || request.policy.size() > max_name_bytes
      || request.peer.size() > max_name_bytes)
    return error{errc::too_large, "challengeId, policy or peer"};
  const auto size = request.nonce.size();
  if (request.challenge_id.empty()
      && (size < min_caller_nonce_bytes || size > max_caller_nonce_bytes))
    return error{errc::malformed, "nonce: " + std::to_string(size) + " bytes, expected 8 to 64"};
  if (!request.policy_document.empty() && !request.challenge_id.empty())
    return error{errc::malformed, "challengeId: a policy is tried on a nonce"};
  if (request.policy_document.size() > store::max_policy_bytes)
    return error{errc::too_large, "policyDocument"};
  if (!request.roots.empty() && !options.allow_caller_roots)
    return error{errc::forbidden, "roots: this service has its own"};
  if (!request.time.empty() && !options.allow_caller_roots)
    return error{errc::forbidden, "time: this service has its own"};
  return {};
}

/// Returns the nonce that the report must answer. A challenge is gone from here on.
result<blob> nonce_of(const appraisal_request& request, const verifier_ports& ports) {
  if (request.challenge_id.empty())
    return request.nonce;
  const auto nonce = ports.challenges->take(request.challenge_id, ports.now());
  if (!nonce)
    return nonce.error();
  return to_blob(*nonce);
}

/// Takes in what other verifiers have learnt or were told.
result<void> refresh(const appraisal_request& request, const verifier_ports& ports) {
  if (const auto known = ports.policies->refresh(); !known)
    return known;
  if (ports.references)
    if (const auto known = ports.references->refresh(); !known)
      return known;
  if (ports.versions)
    if (const auto known = ports.versions->refresh(); !known)
      return known;
  return ports.peers ? ports.peers->refresh(request.peer) : result<void>{};
}

/// Writes what appraisals taught.
void flush(const verifier_ports& ports) {
  if (ports.versions)
    ports.versions->flush();
  if (ports.peers)
    ports.peers->flush();
  if (ports.reports)
    ports.reports->flush(ports.now());
}

known_items known(const std::string& peer, const verifier_ports& ports) {
  // Who is told of nothing sends all.
  if (!ports.peers || peer.size() > max_name_bytes || !ports.peers->refresh(peer))
    return {};
  return {ports.peers->digests(peer)};
}

/// Puts a report that was kept into the request for it.
result<blob> take_kept(appraisal_request& request, const verifier_ports& ports) {
  if (!ports.reports)
    return error{errc::not_found, "kept: no reports are kept here"};
  const auto found = ports.reports->find(request.kept, ports.now());
  if (!found)
    return found.error();
  request.report = {{}, to_blob(*found), {}, found->size()};
  return blob{};
}

/// Does what comes before the work: takes the report and the nonce that it must answer.
result<blob> prepare(host& own, appraisal_request& request, const verifier_options& options,
                     const verifier_ports& ports) {
  if (const auto good = check(request, options); !good)
    return good.error();
  if (own.open() >= options.max_appraisals)
    return error{errc::exhausted, "appraisals: too many wait"};
  if (!request.kept.empty())
    return take_kept(request, ports);
  auto report = own.take(std::move(request.report));
  if (!report)
    return report.error();
  if (const auto known = refresh(request, ports); !known)
    return known.error();
  const auto size = report->size();
  request.report = {{}, *std::move(report), {}, size};
  return nonce_of(request, ports);
}

caf::result<payload> appraise(verifier_actor::pointer self, const std::shared_ptr<host>& own,
                              appraisal_request& request, const request_context& of,
                              const verifier_options& options, const verifier_ports& ports) {
  const auto nonce = prepare(*own, request, options, ports);
  if (!nonce)
    return to_caf(nonce.error());
  auto answer = self->make_response_promise<payload>();
  own->begins();
  self->request(ports.appraiser, caf::infinite, appraise_atom_v, std::move(request), of, *nonce)
    .then(
      [own, answer, ports](payload& whole) {
        flush(ports); // before anybody relies on the result
        own->give(answer, std::move(whole.media_type), std::move(whole.body));
        own->ends();
      },
      [own, answer, of](const caf::error& what) mutable {
        const auto why = from_peer(what, "appraiser");
        own->tell("appraise", name(why.code), of);
        answer.deliver(to_caf(why));
        own->ends();
      });
  return answer;
}

payload whole(std::string_view media_type, const std::string& body) {
  return {std::string{media_type}, body, {}, body.size()};
}

caf::result<payload> in_json(const std::shared_ptr<host>& own, const result<std::string>& body) {
  if (!body)
    return to_caf(body.error());
  return own->give(std::string{json_media_type}, *body);
}

/// Shows or changes the reference values.
result<std::string> references(const verifier_ports& ports, const reference_request* asked) {
  if (!ports.references)
    return error{errc::unsupported, "references: none are kept here"};
  return asked == nullptr ? ports.references->list()
                          : ports.references->manage(*asked, ports.now());
}

readiness readiness_of(const verifier_ports& ports) {
  const auto alive = ports.challenges->ping();
  return {alive.has_value(), alive ? "" : "store: " + to_string(alive.error())};
}

} // namespace

verifier_actor::behavior_type verifier(verifier_actor::pointer self,
                                       const verifier_options& options,
                                       const verifier_ports& ports) {
  const auto own = std::make_shared<host>(self, options.host, ports.random);
  own->finishes_when_told();
  return hosted<verifier_actor>(
    own, [ports] { return readiness_of(ports); },
    [=](challenge_atom, const request_context&) -> caf::result<challenge> {
      const auto made = issue(options, ports);
      if (!made)
        return to_caf(made.error());
      return *made;
    },
    [=](appraise_atom, appraisal_request& request, const request_context& of) {
      return appraise(self, own, request, of, options, ports);
    },
    [=](known_atom, const std::string& peer, const request_context&) { return known(peer, ports); },
    [=](keys_atom, const request_context&) -> caf::result<payload> {
      if (!ports.key_set)
        return to_caf({errc::not_found, "keys: no tokens are signed here"});
      return whole(key_set_media_type, ports.key_set(ports.now()));
    },
    [=](policies_atom, const request_context&) { return in_json(own, ports.policies->list()); },
    [=](policies_atom, const policy_request& asked, const request_context&) {
      return in_json(own, ports.policies->manage(asked, ports.now()));
    },
    [=](references_atom, const request_context&) {
      return in_json(own, references(ports, nullptr));
    },
    [=](references_atom, const reference_request& asked, const request_context&) {
      return in_json(own, references(ports, &asked));
    },
    [=](anchors_atom, const request_context&) -> caf::result<payload> {
      if (!ports.anchors)
        return to_caf({errc::unsupported, "anchors: they are not told here"});
      return in_json(own, ports.anchors());
    },
    [=](collateral_atom, const request_context&) -> caf::result<payload> {
      if (!ports.collateral)
        return to_caf({errc::unsupported, "collateral: none is kept here"});
      return in_json(own, ports.collateral(ports.now()));
    },
    [=](outcome_atom, outcome_request& asked, const request_context&) -> caf::result<payload> {
      if (!ports.outcomes)
        return to_caf({errc::unsupported, "outcomes: none are kept here"});
      return keep_outcome(*own, *ports.outcomes, asked, ports.now());
    });
}

} // namespace troth::actors
