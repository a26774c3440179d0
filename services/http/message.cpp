#include "services/http/message.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include <array>
#include <ctime>
#include <iterator>
#include <utility>

namespace troth::services::http {

namespace {

namespace beast = boost::beast;
namespace beast_http = boost::beast::http;
using beast_http::field;

constexpr unsigned http_1_0 = 10;
constexpr unsigned http_1_1 = 11;

/// Those of a host and a port. @see RFC 3986, section 3.2.2
constexpr const char* host_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789-._~%!$&'()*+,;=:[]";

refusal bad_request(std::string why) {
  return {{400, "malformed", std::move(why)}};
}

std::string value_of(const parser& from, field name) {
  return std::string{from.get()[name]};
}

/// Returns the members of a list, which may stand in several lines.
/// @see RFC 9110, section 5.3
std::string list_of(const parser& from, field name) {
  std::string out;
  const auto [first, last] = from.get().equal_range(name);
  for (auto at = first; at != last; ++at) {
    const auto value = at->value();
    (out += out.empty() ? "" : ", ").append(value.data(), value.size());
  }
  return out;
}

/// Returns the path and query of a target, which may name the host as well.
/// @see RFC 9112, section 3.2
std::string origin_form(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (target.starts_with(scheme)) {
      const auto path = target.find('/', scheme.size());
      return path == std::string_view::npos ? "/" : std::string{target.substr(path)};
    }
  return std::string{target};
}

/// @see RFC 9110, section 5.6.7
std::string http_date(std::chrono::system_clock::time_point now) {
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> out{};
  std::strftime(out.data(), out.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return out.data();
}

} // namespace

request_header header_of(const parser& from) {
  request_header out;
  out.method = std::string{from.get().method_string()};
  const auto target = from.get().target();
  out.target = origin_form({target.data(), target.size()});
  out.content_type = value_of(from, field::content_type);
  out.accept = list_of(from, field::accept);
  out.prefer = list_of(from, field::prefer);
  if (from.get().count("traceparent") == 1) // of several none counts
    out.trace = std::string{from.get()["traceparent"]};
  out.idempotency_key = std::string{from.get()["Idempotency-Key"]};
  out.shown.authorization = value_of(from, field::authorization);
  if (const auto length = from.content_length())
    out.length = *length;
  out.has_body = from.chunked() || out.length.value_or(0) > 0;
  return out;
}

std::optional<refusal> check_framing(const parser& from) {
  const auto& header = from.get();
  if (header.version() != http_1_0 && header.version() != http_1_1)
    return bad_request("HTTP version: expected 1.1");
  const auto hosts = header.count(field::host);
  if (hosts > 1 || (hosts == 0 && header.version() == http_1_1))
    return bad_request("Host: expected one");
  if (header[field::host].find_first_not_of(host_characters) != beast::string_view::npos)
    return bad_request("Host: expected a name or address, and a port");
  if (!header_of(from).target.starts_with('/')
      || header.target().find('#') != beast::string_view::npos)
    return bad_request("request target: expected a path");
  if (header.version() == http_1_1 && header.count(field::expect) > 0 && !expects_continue(from))
    return refusal{{417, "expectation_failed", "Expect: 100-continue is the one known"}};
  // What stands in front of us might have looked at the other one.
  for (const auto one : {field::authorization, field::content_type})
    if (header.count(one) > 1)
      return bad_request(std::string{beast_http::to_string(one)} + ": expected one at most");
  if (header.count("Idempotency-Key") > 1)
    return bad_request("Idempotency-Key: expected one at most");
  const auto lengths = header.count(field::content_length);
  const auto length = header[field::content_length];
  if (lengths > 1
      || (lengths == 1 && length.find_first_not_of("0123456789") != beast::string_view::npos))
    return bad_request("Content-Length: expected one number");
  const auto [first, last] = header.equal_range(field::transfer_encoding);
  if (first == last)
    return std::nullopt;
  if (lengths > 0)
    return bad_request("Content-Length: there is a Transfer-Encoding, too");
  if (header.version() == http_1_0 || std::next(first) != last
      || !beast::iequals(first->value(), "chunked"))
    return bad_request("Transfer-Encoding: expected chunked, once");
  return std::nullopt;
}

bool expects_continue(const parser& from) {
  return from.get().version() == http_1_1
         && beast::iequals(from.get()[field::expect], "100-continue");
}

std::optional<refusal> refusal_of(const boost::system::error_code& why) {
  if (why == beast_http::error::header_limit || why == beast_http::error::buffer_overflow)
    return refusal{{431, "header_too_large", "the header is over its limit"}};
  if (why == beast_http::error::body_limit)
    return refusal{{413, "too_large", "the body is over its limit"}};
  if (why == beast_http::error::end_of_stream || why == beast_http::error::partial_message)
    return std::nullopt;
  if (why.category() == beast_http::make_error_code(beast_http::error::bad_method).category())
    return bad_request(why.message());
  return std::nullopt;
}

message to_message(response&& from, const request& asked, unsigned version, bool keep_alive,
                   std::chrono::system_clock::time_point now) {
  message out{static_cast<beast_http::status>(from.status), version};
  out.reason(beast::string_view{wire::reason_phrase(from.status).data(),
                                wire::reason_phrase(from.status).size()});
  out.set(field::date, http_date(now));
  out.set("X-Request-Id", asked.id);
  out.set(field::cache_control, "no-store");
  out.set("X-Content-Type-Options", "nosniff");
  if (!from.media_type.empty())
    out.set(field::content_type, from.media_type);
  for (const auto& [name, value] : from.headers)
    out.set(name, value);
  out.keep_alive(keep_alive);
  out.content_length(from.body.size());
  if (asked.method != "HEAD")
    out.body() = std::move(from.body);
  return out;
}

} // namespace troth::services::http
