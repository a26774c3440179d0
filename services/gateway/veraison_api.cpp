#include "services/gateway/veraison_api.hpp"

#include "services/gateway/veraison_requests.hpp"
#include "services/gateway/veraison_session.hpp"

#include <string>
#include <utility>

namespace troth::services {

namespace {

using protocol::payload;

http::route discovery_route(std::shared_ptr<key_set_cache> keys, const std::string& version) {
  http::route out{"GET", "/.well-known/veraison/verification",
                  [keys = std::move(keys), version](http::request&& asked,
                                                    http::responder respond) {
                    keys->ask({asked.id, asked.trace},
                              [id = asked.id, type = asked.produces, version,
                               respond = std::move(respond)](const result<payload>& known) {
                                if (!known)
                                  return respond(http::error_response(known.error(), id));
                                auto text = veraison::write_discovery(known->body, version);
                                respond(text ? http::response{200, type, *std::move(text)}
                                             : http::error_response(text.error(), id));
                              });
                  }};
  out.produces = {"application/vnd.veraison.discovery+json", "application/json"};
  out.is_open = true;
  return out;
}

} // namespace

std::vector<http::route> veraison_routes(const api_parts& with,
                                         std::shared_ptr<key_set_cache> keys) {
  constexpr const char* one = "/challenge-response/v1/session/{id}";
  auto open = make_route("POST", "/challenge-response/v1/newSession", action::challenge, with,
                         open_session);
  auto show = make_route("GET", one, action::appraise, with, show_session);
  auto submit = make_route("POST", one, action::appraise, with, submit_evidence);
  submit.consumes = veraison::evidence_types();
  submit.max_body_bytes = with.to->max_report_bytes();
  for (auto* each : {&open, &show, &submit})
    each->produces = {std::string{veraison::session_media_type}};
  return {std::move(open), std::move(show), std::move(submit),
          make_route("DELETE", one, action::appraise, with, erase_session),
          discovery_route(std::move(keys), with.version)};
}

} // namespace troth::services
