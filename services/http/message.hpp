#pragma once

#include "services/http/exchange.hpp"
#include "services/http/router.hpp"

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace troth::services::http {

using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
using message = boost::beast::http::response<boost::beast::http::string_body>;

/// Returns what decides about a request whose header has been read.
request_header header_of(const parser& from);

/// Refuses a request whose end another HTTP server could see elsewhere, and what we do not speak.
/// @see RFC 9112, sections 2.3, 3.2 and 6
std::optional<refusal> check_framing(const parser& from);

/// Returns whether the client waits for our consent before it sends the body.
bool expects_continue(const parser& from);

/// Returns what to answer when Beast could not read a request; nothing if the client is gone.
std::optional<refusal> refusal_of(const boost::system::error_code& why);

/// Makes the message of an answer.
message to_message(response&& from, const request& asked, unsigned version, bool keep_alive,
                   std::chrono::system_clock::time_point now);

} // namespace troth::services::http
