#include "shared/client/http.hpp"

#include "shared/client/tls.hpp"
#include "shared/files/files.hpp"

#include <cpprest/http_client.h>
#include <openssl/crypto.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace troth::client {

namespace {

using web::http::client::http_client_config;

constexpr std::size_t max_token = 4096;
constexpr std::size_t chunk_bytes = std::size_t{64} * 1024;

/// Cancels what is under way once its time is up.
class watchdog {
public:
  watchdog(pplx::cancellation_token_source& source, std::chrono::milliseconds after)
    : thread_([this, &source, after](const std::stop_token& stop) {
        std::unique_lock lock{mutex_};
        const auto stopped = wake_.wait_for(lock, stop, after,
                                            [&] { return stop.stop_requested(); });
        if (!stopped) {
          has_barked_ = true;
          source.cancel();
        }
      }) {
    // nop
  }

  bool has_barked() const {
    const std::lock_guard lock{mutex_};
    return has_barked_;
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  bool has_barked_ = false;
  std::jthread thread_; // last: it uses the others
};

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

result<std::string> read_bearer_token(const http_options& options, const web::uri& url) {
  if (options.token_file.empty())
    return std::string{};
  if (url.scheme() != "https" && !is_loopback(url.host()))
    return error{errc::forbidden, "a token goes over https, or to this machine: " + options.url};
  const auto token = files::read(options.token_file, max_token);
  if (!token)
    return token.error();
  auto text = to_text(*token);
  text.erase(std::ranges::find_if(text, [](char c) { return c == '\n' || c == '\r'; }), text.end());
  const auto is_visible = [](char c) { return c > ' ' && c < '\x7f'; };
  if (text.empty() || !std::ranges::all_of(text, is_visible))
    return error{errc::malformed, options.token_file.string() + ": no token"};
  return text;
}

http_client_config make_config(const http_options& options, std::shared_ptr<tls_alert> alert) {
  http_client_config out;
  out.set_timeout(std::chrono::duration_cast<std::chrono::seconds>(options.timeout)
                  + std::chrono::seconds{1}); // the watchdog is first
  out.set_max_redirects(0);
  out.set_validate_certificates(true);
  out.set_ssl_context_callback([tls = options.tls, alert = std::move(alert)](auto& context) {
    set_up_tls(context.native_handle(), tls, *alert);
  });
  return out;
}

result<bytes> read_body(const web::http::http_response& from, std::size_t max_bytes) {
  auto stream = from.body().streambuf();
  bytes out;
  for (;;) {
    const auto filled = out.size();
    out.resize(filled + chunk_bytes);
    const auto n = stream.getn(out.data() + filled, chunk_bytes).get();
    out.resize(filled + n);
    if (n == 0)
      return out;
    if (out.size() > max_bytes)
      return error{errc::io, "response: more than " + std::to_string(max_bytes) + " bytes"};
  }
}

/// A server, and how to speak to it.
class http_server {
public:
  http_server(const web::uri& url, const http_options& options, std::string token)
    : client_(url, make_config(options, alert_)), options_(options), token_(std::move(token)) {
    // nop
  }

  result<http_response> send(const http_request& request) {
    pplx::cancellation_token_source source;
    const watchdog guard{source, options_.timeout};
    alert_->sent = alert_->received = 0;
    try {
      auto response = client_.request(make(request), source.get_token()).get();
      if (response.headers().content_length() > options_.max_response_bytes) {
        source.cancel();
        return error{errc::io,
                     "response: " + std::to_string(response.headers().content_length()) + " bytes"};
      }
      auto body = read_body(response, options_.max_response_bytes);
      if (!body) {
        source.cancel();
        return body.error();
      }
      const auto type = response.headers().content_type();
      return http_response{response.status_code(), type.substr(0, type.find(';')),
                           *std::move(body)};
    } catch (const std::exception& why) {
      return failure(why, guard.has_barked());
    }
  }

private:
  web::http::http_request make(const http_request& from) const {
    web::http::http_request out{from.method};
    out.set_request_uri(from.path);
    out.headers().add("Accept", from.accept);
    if (!token_.empty())
      out.headers().add("Authorization", "Bearer " + token_);
    if (!from.content_type.empty())
      out.set_body(from.body, from.content_type);
    return out;
  }

  std::string place(const std::string& what) const { return options_.url + ": " + what; }

  error failure(const std::exception& why, bool is_late) const {
    if (is_late)
      return {errc::timeout,
              place("no answer within " + std::to_string(options_.timeout.count()) + " ms")};
    if (alert_->says_that_peer_is_untrusted())
      return {errc::untrusted, place("its certificate is not one we trust for that host")};
    if (alert_->says_that_we_are_untrusted())
      return {errc::unauthenticated, place("it does not accept our certificate, or misses one")};
    return {errc::unavailable, place(why.what())};
  }

  std::shared_ptr<tls_alert> alert_ = std::make_shared<tls_alert>(); // outlives the TLS contexts
  web::http::client::http_client client_;
  http_options options_;
  std::string token_;
};

} // namespace

result<http_send> open_http(const http_options& options) {
  try {
    const web::uri url{options.url};
    if ((url.scheme() != "http" && url.scheme() != "https") || url.host().empty())
      return error{errc::malformed, "not an http or https URL: " + options.url};
    if (const auto checked = check_tls(options.tls); !checked)
      return checked.error();
    auto token = read_bearer_token(options, url);
    if (!token)
      return token.error();
    auto server = std::make_shared<http_server>(url, options, *std::move(token));
    return http_send{[server](const http_request& request) { return server->send(request); }};
  } catch (const web::uri_exception&) {
    return error{errc::malformed, "not a URL: " + options.url};
  } catch (const std::exception& why) {
    return error{errc::io, options.url + ": " + why.what()};
  }
}

void prepare_http() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  crossplat::threadpool::initialize_with_threads(2); // 40 if nobody says
}

} // namespace troth::client
