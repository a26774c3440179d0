#include "shared/collateral/http_get.hpp"

#include <cpprest/http_client.h>

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

result<http_answer> get(http_client& client, const std::string& path) {
  const auto place = client.base_uri().to_string() + path;
  try {
    const auto response = client.request(web::http::methods::GET, path).get();
    auto body = read_body(response);
    if (!body)
      return error{body.error().code, place + ": " + body.error().where};
    return http_answer{response.status_code(), *std::move(body)};
  } catch (const std::exception& why) {
    return error{errc::unavailable, place + ": " + why.what()};
  }
}

} // namespace

result<http_get> open_http(const std::string& base, std::chrono::seconds timeout) {
  try {
    const web::uri url{base};
    const auto is_good = url.scheme() == "https"
                         || (url.scheme() == "http" && is_loopback(url.host()));
    if (!is_good || url.host().empty())
      return error{errc::malformed, "expected https://HOST, got " + base};
    http_client_config config;
    config.set_timeout(timeout);
    config.set_max_redirects(0);
    config.set_validate_certificates(true);
    const auto client = std::make_shared<http_client>(url, config);
    return http_get{[client](const std::string& path) { return get(*client, path); }};
  } catch (const std::exception& why) {
    return error{errc::malformed, base + ": " + why.what()};
  }
}

} // namespace troth::collateral
