#include "shared/client/rest.hpp"

#include "shared/base/base64.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace troth::client {

namespace {

using nlohmann::json;

constexpr std::string_view media_json = "application/json";
constexpr std::string_view media_cbor = "application/cbor";

std::string_view media_type(report::encoding as) {
  return as == report::encoding::json ? media_json : media_cbor;
}

json parse(byte_view body) {
  return json::parse(body.begin(), body.end(), nullptr, false);
}

std::string text(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// The code of that name, or nothing.
std::optional<errc> code_named(std::string_view wanted) {
  for (unsigned value = 1; value < 256; ++value)
    if (const auto code = static_cast<errc>(value); !wanted.empty() && name(code) == wanted)
      return code;
  return std::nullopt;
}

/// What a status means where the body does not tell.
errc code_for_status(unsigned status) {
  switch (status) {
  case 401:
    return errc::unauthenticated;
  case 403:
    return errc::forbidden;
  case 404:
    return errc::not_found;
  case 409:
    return errc::conflict;
  case 413:
    return errc::too_large;
  case 429:
    return errc::exhausted;
  case 503:
    return errc::unavailable;
  case 504:
    return errc::timeout;
  default:
    return status >= 400 && status < 500 ? errc::malformed : errc::io;
  }
}

/// @see RFC 9457
error problem(const http_request& asked, const http_response& answer) {
  const auto body = parse(answer.body);
  const auto detail = text(body, "detail").empty() ? text(body, "title") : text(body, "detail");
  return {code_named(text(body, "code")).value_or(code_for_status(answer.status)),
          asked.path + " answers " + std::to_string(answer.status)
            + (detail.empty() ? "" : ": " + detail)};
}

error not_agreed(const http_request& asked, std::string_view what) {
  return {errc::io, asked.path + ": " + std::string{what}};
}

http_request post(std::string path, std::string_view accept, const json& body) {
  return {"POST", std::move(path), std::string{accept}, std::string{media_json},
          body.dump(-1, ' ', false, json::error_handler_t::replace)}; // argv need not be UTF-8
}

} // namespace

result<bytes> exchange_rest(const http_send& send, const http_request& asked, unsigned status) {
  auto answer = send(asked);
  if (!answer)
    return answer.error();
  if (answer->status != status)
    return answer->status >= 400 ? problem(asked, *answer)
                                 : not_agreed(asked, "status " + std::to_string(answer->status));
  if (answer->content_type != asked.accept)
    return not_agreed(asked, "got " + answer->content_type + ", expected " + asked.accept);
  return (*std::move(answer)).body;
}

result<challenge> request_challenge(const http_send& send) {
  const auto asked = post("/v1/challenges", media_json, json::object());
  const auto answer = exchange_rest(send, asked, 201);
  if (!answer)
    return answer.error();
  const auto body = parse(*answer);
  auto nonce = from_base64(text(body, "nonce"));
  challenge out{text(body, "id"), {}, text(body, "expires")};
  if (!nonce || nonce->empty() || out.id.empty())
    return not_agreed(asked, "no challenge in the answer");
  out.nonce = *std::move(nonce);
  return out;
}

result<bytes> request_report(const http_send& send, byte_view nonce, report::encoding as) {
  return exchange_rest(send,
                       post("/v1/attestations", media_type(as),
                            {{"nonce", base64(nonce)},
                             {"encoding", as == report::encoding::json ? "json" : "cbor"}}),
                       200);
}

result<bytes> request_appraisal(const http_send& send, const appraisal_request& asked,
                                report::face as) {
  json body{{"report", base64(asked.report)}};
  if (asked.challenge_id)
    body["challengeId"] = *asked.challenge_id;
  if (asked.nonce)
    body["nonce"] = base64(*asked.nonce);
  if (!asked.policy.empty())
    body["policy"] = asked.policy;
  if (!asked.roots.empty())
    body["roots"] = asked.roots;
  if (!asked.time.empty())
    body["time"] = asked.time;
  if (!asked.peer.empty())
    body["peer"] = asked.peer;
  return exchange_rest(send, post("/v1/appraisals", report::media_type(as), body), 200);
}

} // namespace troth::client
