#include "services/gateway/policy_api.hpp"

#include "shared/wire/requests.hpp"

#include <string>
#include <utility>

namespace troth::services {

namespace {

using protocol::payload;
using protocol::policy_request;
namespace policy_action = protocol::policy_action;

const std::string json_type{wire::json_media_type};

void list(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->policies(origin_of(asked), respond_with_payload(std::move(respond), asked.id));
}

/// Makes what asks for one version: its name and version stand in the path.
policy_request request_for(const http::request& asked, const char* action) {
  policy_request out;
  out.action = action;
  out.name = asked.parameters.at(0);
  if (asked.parameters.size() > 1)
    out.version = asked.parameters.at(1);
  return out;
}

template <const char* const& Action>
void simple(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->policy(origin_of(asked), request_for(asked, Action),
                  respond_with_payload(std::move(respond), asked.id));
}

void put(const api_parts& with, const http::request& asked, http::responder respond) {
  auto message = request_for(asked, policy_action::put);
  message.document = asked.body;
  with.to->policy(origin_of(asked), std::move(message),
                  respond_with_payload(std::move(respond), asked.id));
}

void activate(const api_parts& with, const http::request& asked, http::responder respond) {
  const auto is_default = wire::read_activation(asked.body);
  if (!is_default)
    return respond(http::error_response(is_default.error(), asked.id));
  auto message = request_for(asked, policy_action::activate);
  message.is_default = *is_default;
  with.to->policy(origin_of(asked), std::move(message),
                  respond_with_payload(std::move(respond), asked.id));
}

/// Tries a policy, which is asked for first where only its name was told.
void try_policy(const api_parts& with, const http::request& asked, wire::policy_trial trial,
                http::responder respond) {
  trial.request.accept = asked.produces;
  auto then = respond_with_result(std::move(respond), asked.id);
  if (!trial.request.policy_document.empty())
    return with.to->try_policy(origin_of(asked), std::move(trial.request), std::move(then));
  policy_request named{policy_action::get, trial.name, trial.version, {}, false, {}};
  with.to->policy(origin_of(asked), std::move(named),
                  [to = with.to, from = origin_of(asked), trial = std::move(trial.request),
                   then = std::move(then)](result<payload> found) mutable {
                    if (!found)
                      return then(found.error());
                    trial.policy_document = found->body;
                    to->try_policy(from, std::move(trial), std::move(then));
                  });
}

void dry_run(const api_parts& with, const http::request& asked, http::responder respond) {
  auto trial = wire::read_policy_trial(asked.body, with.to->max_report_bytes());
  if (!trial)
    return respond(http::error_response(trial.error(), asked.id));
  try_policy(with, asked, *std::move(trial), std::move(respond));
}

void dry_run_kept(const api_parts& with, const http::request& asked, http::responder respond) {
  auto read = wire::read_kept_trial(asked.body);
  if (!read)
    return respond(http::error_response(read.error(), asked.id));
  auto trial = *std::move(read);
  trial.request.kept = asked.parameters.at(0);
  try_policy(with, asked, std::move(trial), std::move(respond));
}

} // namespace

std::vector<http::route> policy_routes(const api_parts& with) {
  constexpr auto change = action::change_policies;
  constexpr const char* one = "/v1/policies/{name}/{version}";
  std::vector<http::route> out{
    make_route("GET", "/v1/policies", action::read_policies, with, list),
    make_route("POST", "/v1/policies/dry-run", action::read_policies, with, dry_run),
    make_route("POST", "/v1/appraisals/{id}/dry-run", action::read_policies, with, dry_run_kept),
    make_route("GET", one, action::read_policies, with, simple<policy_action::get>),
    make_route("PUT", one, change, with, put),
    make_route("DELETE", one, change, with, simple<policy_action::erase>),
    make_route("POST", "/v1/policies/{name}/{version}/activate", change, with, activate),
    make_route("POST", "/v1/policies/{name}/deactivate", change, with,
               simple<policy_action::deactivate>),
  };
  for (auto& route : out) {
    route.produces = {json_type};
    if (route.path.ends_with("/deactivate"))
      continue; // takes no body
    if (route.method == "POST" || route.method == "PUT") {
      route.consumes = {json_type};
      route.max_body_bytes = route.method == "PUT" ? wire::max_policy_bytes
                                                   : wire::max_small_body_bytes;
    }
  }
  out.at(1).max_body_bytes = wire::max_appraisal_bytes(with.to->max_report_bytes());
  out.at(2).max_body_bytes = wire::max_policy_bytes + wire::max_small_body_bytes;
  for (const std::size_t trial : {1U, 2U})
    out.at(trial).produces = {json_type, std::string{wire::cbor_media_type}, "text/html"};
  return out;
}

} // namespace troth::services
