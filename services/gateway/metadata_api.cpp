#include "services/gateway/metadata_api.hpp"

#include "shared/wire/requests.hpp"

#include <string>
#include <utility>

namespace troth::services {

namespace {

using protocol::metadata_request;
namespace metadata_action = protocol::metadata_action;

constexpr std::size_t max_item_bytes = std::size_t{4} * 1024 * 1024;

void list(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->metadata(origin_of(asked), {metadata_action::list, {}, {}, {}},
                    respond_with_payload(std::move(respond), asked.id));
}

void add(const api_parts& with, const http::request& asked, http::responder respond) {
  metadata_request message{metadata_action::add, {}, {}, {}};
  message.item = {asked.media_type, asked.body, {}, asked.body.size()};
  with.to->metadata(origin_of(asked), std::move(message),
                    respond_with_payload(std::move(respond), asked.id));
}

template <const char* const& Action>
void simple(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->metadata(origin_of(asked), {Action, asked.parameters.at(0), {}, {}},
                    respond_with_payload(std::move(respond), asked.id));
}

} // namespace

std::vector<http::route> metadata_routes(const api_parts& with) {
  constexpr auto read = action::read_references;
  constexpr auto change = action::change_references;
  constexpr const char* one = "/v1/metadata/{digest}";
  const std::string json_type{wire::json_media_type};
  std::vector<http::route> out{
    make_route("GET", "/v1/metadata", read, with, list),
    make_route("POST", "/v1/metadata", change, with, add),
    make_route("DELETE", one, change, with, simple<metadata_action::erase>),
    make_route("POST", "/v1/metadata/{digest}/activate", change, with,
               simple<metadata_action::activate>),
    make_route("POST", "/v1/metadata/{digest}/deactivate", change, with,
               simple<metadata_action::deactivate>),
  };
  for (auto& route : out)
    route.produces = {json_type};
  out.at(1).consumes = {"application/jose+json", "application/cose"};
  out.at(1).max_body_bytes = max_item_bytes;
  out.push_back(make_route("GET", one, read, with, simple<metadata_action::get>));
  return out;
}

} // namespace troth::services
