#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/client/tls.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

namespace troth::client {

struct http_request {
  std::string method;
  std::string path; ///< E.g. `/v1/challenges`.
  std::string accept;
  std::string content_type; ///< Empty: there is no body.
  std::string body;
};

struct http_response {
  unsigned status = 0;
  std::string content_type; ///< Without parameters.
  bytes body;
};

/// Sends one request and waits for the whole response.
using http_send = std::function<result<http_response>(const http_request&)>;

struct http_options {
  std::string url; ///< `http://host:port` or `https://host:port`, maybe a path.
  tls_options tls;
  std::filesystem::path token_file;                             ///< A bearer token.
  std::chrono::milliseconds timeout = std::chrono::seconds{30}; ///< Of a whole exchange.
  std::size_t max_response_bytes = std::size_t{64} * 1024 * 1024;
};

/// Makes the function that sends requests to one server: TLS 1.3, no redirects.
///
/// @returns it; `malformed` for what is no URL and for a file without a token, `forbidden` for a
///          token that would go over the network in the clear; what `check_tls` and
///          `files::read` return.
/// @note The function returns `unavailable`, `timeout`; `io` for a response that is too large;
/// `untrusted` if we do not
///       know the server, `unauthenticated` if it does not know us.
result<http_send> open_http(const http_options& options);

/// Prepares the process for the client: call first in main.
/// @note Keeps OpenSSL from cleaning up at exit, while threads of the client still use it.
void prepare_http();

} // namespace troth::client
