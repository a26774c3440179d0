#pragma once

#include "services/http/listener.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>
#include <vector>

struct ssl_st; // OpenSSL's SSL

namespace troth::services::http {

/// Makes the TLS context of a listener.
/// @returns null without a certificate; `io` if a file cannot be used.
result<std::unique_ptr<boost::asio::ssl::context>> make_tls_context(const tls_files& files);

/// Returns the names of the client's certificate: common name, DNS names and URIs. Empty without
/// one. The handshake has verified it.
std::vector<std::string> peer_names(const ssl_st* of);

/// The same of a certificate in DER; none if it cannot be read.
std::vector<std::string> certificate_names(byte_view der);

} // namespace troth::services::http
