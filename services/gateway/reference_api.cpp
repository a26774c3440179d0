#include "services/gateway/reference_api.hpp"

#include "services/ports.hpp"
#include "shared/wire/requests.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace troth::services {

namespace {

using nlohmann::ordered_json;
using protocol::payload;
using protocol::reference_request;
namespace reference_action = protocol::reference_action;
namespace reference_type = protocol::reference_type;

constexpr std::size_t max_corim_bytes = std::size_t{1024} * 1024;
constexpr const char* submit_path = "/endorsement-provisioning/v1/submit";
const std::string json_type{wire::json_media_type};
const std::string session_type = "application/vnd.veraison.provisioning-session+json";

/// The types of a CoRIM: as they are registered, and as clients of former drafts have them.
const std::vector<std::string>& corim_types() {
  static const std::vector<std::string> all{reference_type::unsigned_corim,
                                            reference_type::signed_corim,
                                            "application/corim-unsigned+cbor",
                                            "application/corim-signed+cbor"};
  return all;
}

/// Returns the type under which verifiers know it.
std::string known_type(const std::string& media_type) {
  if (media_type == corim_types()[2])
    return reference_type::unsigned_corim;
  return media_type == corim_types()[3] ? reference_type::signed_corim : media_type;
}

reference_request addition(const http::request& asked) {
  return {reference_action::add, {}, known_type(asked.media_type), asked.body, {}};
}

void list(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->references(origin_of(asked), respond_with_payload(std::move(respond), asked.id));
}

void add(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->reference(origin_of(asked), addition(asked),
                     respond_with_payload(std::move(respond), asked.id));
}

template <const char* const& Action>
void simple(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->reference(origin_of(asked), {Action, asked.parameters.at(0), {}, {}, {}},
                     respond_with_payload(std::move(respond), asked.id));
}

void anchors(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->anchors(origin_of(asked), respond_with_payload(std::move(respond), asked.id));
}

void collateral(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->collateral(origin_of(asked), respond_with_payload(std::move(respond), asked.id));
}

/// Takes a CoRIM at once: the session that Veraison answers with is over when it begins.
void submit(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->reference(
    origin_of(asked), addition(asked),
    [respond = std::move(respond), id = asked.id](const result<payload>& done) {
      if (!done)
        return respond(http::error_response(done.error(), id));
      const ordered_json session{{"status", "success"}, {"expiry", format_time(system_now())}};
      respond({200, session_type, session.dump()});
    });
}

http::route discovery_route(const std::string& version) {
  const ordered_json told{{"media-types", corim_types()},
                          {"version", version},
                          {"service-state", "READY"},
                          {"api-endpoints", {{"provisioningSubmit", submit_path}}}};
  http::route out{"GET", "/.well-known/veraison/provisioning",
                  [body = told.dump()](http::request&& asked, http::responder respond) {
                    respond({200, asked.produces, body});
                  }};
  out.produces = {"application/vnd.veraison.discovery+json", json_type};
  out.is_open = true;
  return out;
}

} // namespace

std::vector<http::route> reference_routes(const api_parts& with) {
  constexpr auto read = action::read_references;
  constexpr auto change = action::change_references;
  constexpr const char* all = "/v1/reference-values";
  constexpr const char* one = "/v1/reference-values/{id}";
  auto added = make_route("POST", all, change, with, add);
  added.consumes = {json_type, reference_type::unsigned_corim, reference_type::signed_corim};
  added.max_body_bytes = max_corim_bytes;
  std::vector<http::route> out{
    make_route("GET", all, read, with, list),
    std::move(added),
    make_route("GET", one, read, with, simple<reference_action::get>),
    make_route("DELETE", one, change, with, simple<reference_action::erase>),
    make_route("POST", "/v1/reference-values/{id}/activate", change, with,
               simple<reference_action::activate>),
    make_route("POST", "/v1/reference-values/{id}/deactivate", change, with,
               simple<reference_action::deactivate>),
    make_route("GET", "/v1/trust-anchors", read, with, anchors),
    make_route("GET", "/v1/collateral", read, with, collateral),
  };
  for (auto& route : out)
    route.produces = {json_type};
  auto submitted = make_route("POST", submit_path, change, with, submit);
  submitted.consumes = corim_types();
  submitted.produces = {session_type};
  submitted.max_body_bytes = max_corim_bytes;
  out.push_back(std::move(submitted));
  out.push_back(discovery_route(with.version));
  return out;
}

} // namespace troth::services
