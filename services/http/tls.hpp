#pragma once

#include "services/http/listener.hpp"
#include "shared/base/result.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace troth::services::http {

/// Makes the TLS context of a listener.
/// @returns null without a certificate; `io` if a file cannot be used.
result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const tls_files& files);

} // namespace troth::services::http
