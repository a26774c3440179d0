#include "services/gateway/api.hpp"

#include "services/gateway/appraisal_api.hpp"
#include "services/gateway/key_set_cache.hpp"
#include "services/gateway/keys_api.hpp"
#include "services/gateway/metadata_api.hpp"
#include "services/gateway/policy_api.hpp"
#include "services/gateway/reference_api.hpp"
#include "services/gateway/veraison_api.hpp"
#include "shared/wire/media_type.hpp"
#include "shared/wire/requests.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace troth::services {

namespace {

using protocol::payload;

const std::string json_type{wire::json_media_type};
const std::string cbor_type{wire::cbor_media_type};

constexpr std::chrono::seconds keys_lifetime{10};

void challenge(const api_parts& with, const http::request& asked, http::responder respond) {
  if (const auto checked = wire::check_challenge_request(asked.body); !checked)
    return respond(http::error_response(checked.error(), asked.id));
  with.to->challenge(origin_of(asked), [respond = std::move(respond),
                                        id = asked.id](const result<protocol::challenge>& made) {
    if (!made)
      return respond(http::error_response(made.error(), id));
    respond({201, json_type, wire::write_challenge(*made)});
  });
}

void attest(const api_parts& with, const http::request& asked, http::responder respond) {
  auto read = wire::read_attestation(asked.body);
  if (!read)
    return respond(http::error_response(read.error(), asked.id));
  auto [message, peer] = *std::move(read);
  const auto& encoding = message.encoding;
  const auto& wanted = encoding.empty()     ? asked.produces
                       : encoding == "json" ? json_type
                                            : cbor_type;
  if (wire::negotiate(asked.accept, {wanted}).empty())
    return respond(http::problem_response({406, "not_acceptable", "offered: " + wanted}, asked.id));
  message.encoding = wanted == json_type ? "json" : "cbor";
  auto then = respond_with_payload(std::move(respond), asked.id);
  if (peer.empty())
    return with.to->attest(origin_of(asked), std::move(message), std::move(then));
  with.to->known(origin_of(asked), std::move(peer),
                 [to = with.to, from = origin_of(asked), message = std::move(message),
                  then = std::move(then)](result<protocol::known_items> known) mutable {
                   if (known) // else it leaves out nothing
                     message.cached = known->digests;
                   to->attest(from, std::move(message), std::move(then));
                 });
}

/// Makes the route of the keys of result tokens, which are for everybody.
http::route key_set_route(const std::shared_ptr<key_set_cache>& known) {
  http::route out{"GET", "/.well-known/jwks.json",
                  [known](http::request&& asked, http::responder respond) {
                    known->ask({asked.id, asked.trace},
                               [id = asked.id, type = asked.produces,
                                respond = std::move(respond)](const result<payload>& answer) {
                                 if (!answer)
                                   return respond(http::error_response(answer.error(), id));
                                 http::response keys{200, type, answer->body};
                                 keys.headers.emplace_back("Cache-Control", "public, max-age=60");
                                 respond(std::move(keys));
                               });
                  }};
  out.produces = {"application/jwk-set+json", json_type};
  out.is_open = true;
  return out;
}

} // namespace

std::vector<http::route> api_routes(const api_parts& with) {
  std::vector<http::route> out;
  if (with.to->has_verifiers()) {
    auto challenges = make_route("POST", "/v1/challenges", action::challenge, with, challenge);
    challenges.consumes = {json_type};
    challenges.produces = {json_type};
    challenges.max_body_bytes = wire::max_small_body_bytes;
    out.push_back(std::move(challenges));
    for (auto& route : appraisal_routes(with))
      out.push_back(std::move(route));
    const auto keys = std::make_shared<key_set_cache>(with.to, keys_lifetime);
    out.push_back(key_set_route(keys));
    for (auto& route : veraison_routes(with, keys))
      out.push_back(std::move(route));
    for (auto& route : policy_routes(with))
      out.push_back(std::move(route));
    for (auto& route : reference_routes(with))
      out.push_back(std::move(route));
  }
  if (with.to->has_est()) {
    for (auto& route : metadata_routes(with))
      out.push_back(std::move(route));
    out.push_back(ca_certificates_route(with));
  }
  if (with.to->has_provers()) {
    auto attestations = make_route("POST", "/v1/attestations", action::attest, with, attest);
    attestations.consumes = {json_type};
    attestations.produces = {json_type, cbor_type};
    attestations.max_body_bytes = wire::max_small_body_bytes;
    out.push_back(std::move(attestations));
    for (auto& route : key_routes(with))
      out.push_back(std::move(route));
  }
  return out;
}

} // namespace troth::services
