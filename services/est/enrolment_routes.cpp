#include "services/est/enrolment_routes.hpp"

#include "shared/crypto/certificate.hpp"
#include "shared/crypto/certificate_bag.hpp"
#include "shared/wire/key_enrolment.hpp"
#include "shared/wire/requests.hpp"

#include <chrono>
#include <span>
#include <string>
#include <utility>

namespace troth::services {

namespace {

using namespace protocol;

constexpr std::chrono::seconds answer_time{30}; // the server gives a verifier less

enum class handed_out : std::uint8_t { first, all };

/// Makes an answer of a chain in PEM.
http::response bag_response(const result<payload>& chain, handed_out which, const std::string& id) {
  if (!chain)
    return http::error_response(chain.error(), id);
  const auto certificates = crypto::certificate::from_pem(chain->body);
  if (!certificates)
    return http::error_response({errc::internal, "est: " + certificates.error().where}, id);
  const std::span all{*certificates};
  const auto bag = crypto::certificate_bag(which == handed_out::first ? all.first(1) : all);
  return {200,
          "application/pkcs7-mime; smime-type=certs-only",
          wire::write_base64_lines(bag),
          {{"Content-Transfer-Encoding", "base64"}}};
}

http::route certificates_route(const enrolment_server& at) {
  return {"GET", "/.well-known/est/cacerts", [at](http::request&& asked, http::responder respond) {
            at.actors.ask<payload>(
              at.est, "est", answer_time,
              [respond = std::move(respond), id = asked.id](const result<payload>& chain) {
                respond(bag_response(chain, handed_out::all, id));
              },
              ca_atom_v, request_context{asked.id, asked.trace});
          }};
}

http::route challenge_route(const enrolment_server& at, const char* method) {
  return {method, "/.well-known/est/attestchallenge",
          [at](http::request&& asked, http::responder respond) {
            at.actors.ask<challenge>(
              at.est, "est", answer_time,
              [respond = std::move(respond), id = asked.id](const result<challenge>& given) {
                respond(given
                          ? http::response{200, "application/json", wire::write_challenge(*given)}
                          : http::error_response(given.error(), id));
              },
              challenge_atom_v, request_context{asked.id, asked.trace});
          }};
}

result<key_enrol_request> read(wire::key_place place, const http::request& asked) {
  auto challenge_id = wire::read_challenge_query(asked.query);
  if (!challenge_id)
    return challenge_id.error();
  return wire::read_key_enrolment(place, *std::move(challenge_id), asked.content_type, asked.body);
}

http::route enrolment_route(const enrolment_server& at, const char* path, wire::key_place place) {
  http::route out{"POST", path, [at, place](http::request&& asked, http::responder respond) {
                    auto request = read(place, asked);
                    if (!request)
                      return respond(http::error_response(request.error(), asked.id));
                    at.actors.ask<payload>(
                      at.est, "est", answer_time,
                      [respond, id = asked.id](const result<payload>& chain) {
                        respond(bag_response(chain, handed_out::first, id));
                      },
                      enrol_atom_v, *std::move(request), request_context{asked.id, asked.trace});
                  }};
  out.consumes = {"multipart/mixed"};
  out.max_body_bytes = wire::max_key_enrolment_bytes(at.max_report_bytes);
  return out;
}

} // namespace

std::vector<http::route> enrolment_routes(const enrolment_server& at) {
  return {
    certificates_route(at),
    challenge_route(at, "GET"),
    challenge_route(at, "POST"),
    enrolment_route(at, "/.well-known/est/attestenroll", wire::key_place::in_file),
    enrolment_route(at, "/.well-known/est/tpmcertifyenroll", wire::key_place::in_tpm),
  };
}

} // namespace troth::services
