#include "services/gateway/api.hpp"

#include "shared/wire/media_type.hpp"
#include "shared/wire/requests.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace troth::services {

namespace {

using protocol::payload;

const std::string json_type{wire::json_media_type};
const std::string cbor_type{wire::cbor_media_type};

/// Returns what answers a client with a payload.
std::function<void(result<payload>)> respond_with_payload(http::responder respond, std::string id) {
  return [respond = std::move(respond), id = std::move(id)](result<payload> answer) {
    if (!answer)
      return respond(http::error_response(answer.error(), id));
    auto body = *std::move(answer);
    respond({200, std::move(body.media_type), std::move(body.body)});
  };
}

void challenge(const api_parts& with, const http::request& asked, http::responder respond) {
  if (const auto checked = wire::check_challenge_request(asked.body); !checked)
    return respond(http::error_response(checked.error(), asked.id));
  with.to->challenge(asked.who, [respond = std::move(respond),
                                 id = asked.id](const result<protocol::challenge>& made) {
    if (!made)
      return respond(http::error_response(made.error(), id));
    respond({201, json_type, wire::write_challenge(*made)});
  });
}

void attest(const api_parts& with, const http::request& asked, http::responder respond) {
  auto request = wire::read_attestation(asked.body);
  if (!request)
    return respond(http::error_response(request.error(), asked.id));
  const auto& wanted = request->encoding.empty()     ? asked.produces
                       : request->encoding == "json" ? json_type
                                                     : cbor_type;
  if (wire::negotiate(asked.accept, {wanted}).empty())
    return respond(http::problem_response({406, "not_acceptable", "offered: " + wanted}, asked.id));
  auto message = *std::move(request);
  message.encoding = wanted == json_type ? "json" : "cbor";
  with.to->attest(asked.who, std::move(message),
                  respond_with_payload(std::move(respond), asked.id));
}

void appraise(const api_parts& with, const http::request& asked, http::responder respond) {
  auto request = wire::read_appraisal(asked.body, with.to->max_report_bytes());
  if (!request)
    return respond(http::error_response(request.error(), asked.id));
  auto message = *std::move(request);
  message.accept = asked.produces;
  with.to->appraise(asked.who, std::move(message),
                    respond_with_payload(std::move(respond), asked.id));
}

using handler = void (*)(const api_parts&, const http::request&, http::responder);

/// Makes a route whose work is done by a worker: a large body would hold up the connections that
/// share its thread.
http::route make_route(const char* path, action what, const api_parts& with, handler serve) {
  http::route out{"POST", path, [with, serve](http::request&& asked, http::responder respond) {
                    auto whole = std::make_shared<http::request>(std::move(asked));
                    boost::asio::post(*with.workers, [=] {
                      try {
                        serve(with, *whole, respond);
                      } catch (const std::exception& why) { // most likely there is no memory left
                        respond(http::error_response({errc::internal, why.what()}, whole->id));
                      }
                    });
                  }};
  out.permit = [what](const caller& who) { return check_access(who, what); };
  return out;
}

} // namespace

std::vector<http::route> api_routes(const api_parts& with) {
  std::vector<http::route> out;
  if (with.to->has_verifiers()) {
    auto challenges = make_route("/v1/challenges", action::challenge, with, challenge);
    challenges.consumes = {json_type};
    challenges.produces = {json_type};
    challenges.max_body_bytes = wire::max_small_body_bytes;
    out.push_back(std::move(challenges));
    auto appraisals = make_route("/v1/appraisals", action::appraise, with, appraise);
    appraisals.consumes = {json_type};
    appraisals.produces = {json_type, cbor_type};
    appraisals.max_body_bytes = wire::max_appraisal_bytes(with.to->max_report_bytes());
    out.push_back(std::move(appraisals));
  }
  if (with.to->has_provers()) {
    auto attestations = make_route("/v1/attestations", action::attest, with, attest);
    attestations.consumes = {json_type};
    attestations.produces = {json_type, cbor_type};
    attestations.max_body_bytes = wire::max_small_body_bytes;
    out.push_back(std::move(attestations));
  }
  return out;
}

} // namespace troth::services
