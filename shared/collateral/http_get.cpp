#include "shared/collateral/http_get.hpp"

#include <cpprest/http_client.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <memory>

namespace troth::collateral {

namespace {

using web::http::client::http_client;
using web::http::client::http_client_config;

constexpr std::size_t max_body = std::size_t{1024} * 1024;
constexpr std::size_t chunk = std::size_t{64} * 1024;

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

bool is_link_local(const std::string& host) {
  return host.starts_with("169.254.");
}

result<bytes> read_body(const web::http::http_response& from) {
  auto stream = from.body().streambuf();
  bytes out;
  for (;;) {
    const auto had = out.size();
    out.resize(had + chunk);
    const auto n = stream.getn(out.data() + had, chunk).get();
    out.resize(had + n);
    if (n == 0)
      return out;
    if (out.size() > max_body)
      return error{errc::too_large, "answer: over " + std::to_string(max_body) + " bytes"};
  }
}

std::map<std::string, std::string> read_headers(const web::http::http_response& from) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : from.headers()) {
    std::string lower(name.size(), '\0');
    std::ranges::transform(name, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    out.emplace(std::move(lower), value);
  }
  return out;
}

result<http_answer> ask(http_client& client, const web::http::http_request& request,
                        const std::string& place) {
  try {
    const auto response = client.request(request).get();
    auto body = read_body(response);
    if (!body)
      return error{body.error().code, place + ": " + body.error().where};
    return http_answer{response.status_code(), *std::move(body), read_headers(response),
                       client.base_uri().to_string()};
  } catch (const std::exception& why) {
    return error{errc::unavailable, place + ": " + why.what()};
  }
}

/// Whom a GET is for.
enum class server : std::uint8_t { vendor, metadata_service };

result<http_answer> get(http_client& client, const std::string& path, server of) {
  web::http::http_request request{web::http::methods::GET};
  request.set_request_uri(path);
  if (of == server::metadata_service)
    request.headers().add("Metadata", "true");
  return ask(client, request, client.base_uri().to_string() + path);
}

result<http_answer> post(http_client& client, const std::string& media_type, byte_view body,
                         const std::string& traceparent) {
  web::http::http_request request{web::http::methods::POST};
  request.set_body(copy(body));
  request.headers().set_content_type(media_type);
  if (!traceparent.empty())
    request.headers().add("traceparent", traceparent);
  return ask(client, request, client.base_uri().to_string());
}

http_client_config make_config(std::chrono::seconds timeout) {
  http_client_config config;
  config.set_timeout(timeout);
  config.set_max_redirects(0);
  config.set_validate_certificates(true);
  return config;
}

result<http_get> open(const std::string& base, std::chrono::seconds timeout, server of) {
  try {
    const web::uri url{base};
    const auto is_near = is_loopback(url.host())
                         || (of == server::metadata_service && is_link_local(url.host()));
    if ((url.scheme() != "https" && !(url.scheme() == "http" && is_near)) || url.host().empty())
      return error{errc::malformed, "expected https://HOST, got " + base};
    const auto client = std::make_shared<http_client>(url, make_config(timeout));
    return http_get{[client, of](const std::string& path) { return get(*client, path, of); }};
  } catch (const std::exception& why) {
    return error{errc::malformed, base + ": " + why.what()};
  }
}

} // namespace

std::string http_answer::decoded_header(const std::string& name) const {
  const auto at = headers.find(name);
  try {
    return at == headers.end() ? std::string{} : web::uri::decode(at->second);
  } catch (const std::exception&) {
    return {};
  }
}

result<http_get> open_http(const std::string& base, std::chrono::seconds timeout) {
  return open(base, timeout, server::vendor);
}

result<http_get> open_metadata_service(const std::string& base, std::chrono::seconds timeout) {
  return open(base, timeout, server::metadata_service);
}

result<http_post> open_http_post(const std::string& url, std::chrono::seconds timeout) {
  try {
    const web::uri where{url};
    if ((where.scheme() != "https" && where.scheme() != "http") || where.host().empty())
      return error{errc::malformed, "expected https://HOST/PATH, got " + url};
    const auto client = std::make_shared<http_client>(where, make_config(timeout));
    return http_post{
      [client](const std::string& media_type, byte_view body, const std::string& traceparent) {
        return post(*client, media_type, body, traceparent);
      }};
  } catch (const std::exception& why) {
    return error{errc::malformed, url + ": " + why.what()};
  }
}

} // namespace troth::collateral
