#include "services/gateway/keys_api.hpp"

#include "shared/base/base64.hpp"
#include "shared/codec/json_writer.hpp"
#include "shared/wire/key_orders.hpp"
#include "shared/wire/requests.hpp"
#include "shared/wire/tls_keys.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troth::services {

namespace {

using protocol::payload;
using protocol::tls_key_request;
namespace tls_key_action = protocol::tls_key_action;

const std::string key_json_type{wire::json_media_type};
const std::string pem_chain_type{wire::pem_chain_media_type};
const std::string signature_type = "application/octet-stream";

/// Makes what asks for one key: its id stands in the path.
tls_key_request request_for_key(const http::request& asked, const char* action) {
  tls_key_request out;
  out.action = action;
  out.id = asked.parameters.at(0);
  return out;
}

/// Returns what answers a client with one key of those that a prover tells: the one of that id, or
/// of an empty one the first.
operations::answer<payload> respond_with_key(http::responder respond, const http::request& asked,
                                             unsigned status, std::string id) {
  return [respond = std::move(respond), request = asked.id, status,
          id = std::move(id)](const result<payload>& answer) {
    if (!answer)
      return respond(http::error_response(answer.error(), request));
    const auto keys = wire::read_tls_keys(answer->body);
    if (!keys)
      return respond(http::error_response({errc::internal, to_string(keys.error())}, request));
    const auto at = id.empty() ? keys->begin() : std::ranges::find(*keys, id, &wire::tls_key::id);
    if (at == keys->end())
      return respond(http::error_response({errc::not_found, "key " + id}, request));
    http::response out{status, key_json_type, wire::write_tls_key(*at)};
    if (status == 201)
      out.headers.emplace_back("Location", "/v1/keys/" + at->id);
    respond(std::move(out));
  };
}

void list_keys(const api_parts& with, const http::request& asked, http::responder respond) {
  tls_key_request message;
  message.action = tls_key_action::list;
  with.to->tls_key(origin_of(asked), std::move(message),
                   respond_with_payload(std::move(respond), asked.id));
}

void create_key(const api_parts& with, const http::request& asked, http::responder respond) {
  auto message = wire::read_key_order(asked.body);
  if (!message)
    return respond(http::error_response(message.error(), asked.id));
  with.to->tls_key(origin_of(asked), *std::move(message),
                   respond_with_key(std::move(respond), asked, 201, {}));
}

void show_key(const api_parts& with, const http::request& asked, http::responder respond) {
  if (asked.produces == pem_chain_type)
    return with.to->tls_key(origin_of(asked), request_for_key(asked, tls_key_action::certificate),
                            respond_with_payload(std::move(respond), asked.id));
  tls_key_request message;
  message.action = tls_key_action::list;
  with.to->tls_key(origin_of(asked), std::move(message),
                   respond_with_key(std::move(respond), asked, 200, asked.parameters.at(0)));
}

void sign_with_key(const api_parts& with, const http::request& asked, http::responder respond) {
  auto read = wire::read_signature_order(asked.body);
  if (!read)
    return respond(http::error_response(read.error(), asked.id));
  auto message = *std::move(read);
  message.id = asked.parameters.at(0);
  with.to->tls_key(origin_of(asked), std::move(message),
                   [respond = std::move(respond), id = asked.id,
                    type = asked.produces](const result<payload>& made) {
                     if (!made)
                       return respond(http::error_response(made.error(), id));
                     if (type == signature_type)
                       return respond({200, type, made->body});
                     codec::json_writer out;
                     out.begin_object();
                     out.name("signature");
                     out.text(base64(to_bytes(made->body)));
                     out.end_object();
                     respond({200, type, out.take()});
                   });
}

void rotate_key(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->tls_key(origin_of(asked), request_for_key(asked, tls_key_action::rotate),
                   respond_with_key(std::move(respond), asked, 200, {}));
}

void erase_key(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->tls_key(origin_of(asked), request_for_key(asked, tls_key_action::erase),
                   respond_with_payload(std::move(respond), asked.id));
}

void show_ca(const api_parts& with, const http::request& asked, http::responder respond) {
  with.to->ca_certificates(origin_of(asked), respond_with_payload(std::move(respond), asked.id));
}

} // namespace

std::vector<http::route> key_routes(const api_parts& with) {
  constexpr auto use = action::use_keys;
  constexpr auto manage = action::manage_keys;
  constexpr const char* one = "/v1/keys/{id}";
  std::vector<http::route> out{
    make_route("GET", "/v1/keys", manage, with, list_keys),
    make_route("POST", "/v1/keys", use, with, create_key),
    make_route("GET", one, manage, with, show_key),
    make_route("DELETE", one, manage, with, erase_key),
    make_route("POST", "/v1/keys/{id}/rotation", manage, with, rotate_key),
    make_route("POST", "/v1/keys/{id}/signatures", use, with, sign_with_key),
  };
  for (auto& route : out)
    route.produces = {key_json_type};
  out.at(1).consumes = {key_json_type};
  out.at(1).max_body_bytes = wire::max_key_order_bytes;
  out.at(2).produces = {pem_chain_type, key_json_type};
  out.at(5).consumes = {key_json_type};
  out.at(5).max_body_bytes = wire::max_small_body_bytes;
  out.at(5).produces = {key_json_type, signature_type};
  return out;
}

http::route ca_certificates_route(const api_parts& with) {
  auto out = make_route("GET", "/v1/ca-certificates", action::read_ca, with, show_ca);
  out.produces = {pem_chain_type};
  return out;
}

} // namespace troth::services
