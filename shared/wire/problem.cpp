#include "shared/wire/problem.hpp"

#include "shared/codec/json.hpp"

namespace troth::wire {

unsigned http_status(errc code) noexcept {
  switch (code) {
  case errc::truncated:
  case errc::trailing:
  case errc::malformed:
  case errc::unsupported:
  case errc::missing:
  case errc::unknown_key:
    return 400;
  case errc::unauthenticated:
    return 401;
  case errc::forbidden:
    return 403;
  case errc::not_found:
    return 404;
  case errc::no_challenge:
  case errc::conflict:
    return 409;
  case errc::too_large:
    return 413;
  case errc::bad_signature:
  case errc::untrusted:
  case errc::expired:
  case errc::weak:
    return 422;
  case errc::exhausted:
  case errc::unavailable:
    return 503;
  case errc::timeout:
    return 504;
  case errc::io:
  case errc::no_endorsement:
  case errc::internal:
    return 500;
  }
  return 500;
}

problem to_problem(const error& why) {
  const auto code = name(why.code);
  const auto is_ours = code.empty() || http_status(why.code) == 500;
  return {http_status(why.code), std::string{code.empty() ? name(errc::internal) : code},
          is_ours ? "the service failed; its log has the request id" : why.where};
}

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
  case 200:
    return "OK";
  case 201:
    return "Created";
  case 202:
    return "Accepted";
  case 400:
    return "Bad Request";
  case 401:
    return "Unauthorized";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 406:
    return "Not Acceptable";
  case 408:
    return "Request Timeout";
  case 409:
    return "Conflict";
  case 413:
    return "Content Too Large";
  case 415:
    return "Unsupported Media Type";
  case 417:
    return "Expectation Failed";
  case 422:
    return "Unprocessable Content";
  case 429:
    return "Too Many Requests";
  case 431:
    return "Request Header Fields Too Large";
  case 503:
    return "Service Unavailable";
  case 504:
    return "Gateway Timeout";
  default:
    return "Internal Server Error";
  }
}

std::string write_problem(const problem& what, std::string_view request_id) {
  const nlohmann::ordered_json body{{"type", "urn:troth:problem:" + what.code},
                                    {"title", reason_phrase(what.status)},
                                    {"status", what.status},
                                    {"detail", what.detail},
                                    {"code", what.code},
                                    {"requestId", request_id}};
  constexpr bool ascii_only = true; // what a client sent may stand in the detail
  return body.dump(-1, ' ', ascii_only, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace troth::wire
