#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>

namespace troth::collateral {

struct http_answer {
  int status = 0;
  bytes body;
  std::map<std::string, std::string> headers = {}; ///< By name in lower case.
  std::string place = {};                          ///< Who answered.

  /// Returns a header that is URL-encoded, decoded; empty: it is not there, or is not.
  std::string decoded_header(const std::string& name) const;
};

/// Gets what is at a path of one server.
/// @returns the answer, whatever its status; `too_large` above 1 MiB; `unavailable`.
using http_get = std::function<result<http_answer>(const std::string& path)>;

/// Prepares to ask a vendor's server. It follows no redirection.
/// @param base `https://HOST`, or `http://` to this machine: from the configuration, never from
///        evidence.
/// @returns `malformed` for another URL.
result<http_get> open_http(const std::string& base, std::chrono::seconds timeout);

/// Prepares to ask the metadata service of a cloud's machine, which wants a header that no browser
/// sends. It follows no redirection.
/// @param base `http://169.254.169.254` and the like: link-local, or this machine; or
/// `https://HOST`.
/// @returns `malformed` for another URL.
result<http_get> open_metadata_service(const std::string& base, std::chrono::seconds timeout);

/// Posts a body to one URL.
/// @param traceparent of W3C Trace Context; empty: none.
/// @returns as `http_get`.
using http_post = std::function<result<http_answer>(const std::string& media_type, byte_view body,
                                                    const std::string& traceparent)>;

/// Prepares to post to a server whose answers are signed, so that who carries them is nothing that
/// must be trusted. It follows no redirection.
/// @param url `https://...` or `http://...`, which must be in the configuration.
/// @returns `malformed` for another URL.
result<http_post> open_http_post(const std::string& url, std::chrono::seconds timeout);

} // namespace troth::collateral
