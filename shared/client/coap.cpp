#include "shared/client/coap.hpp"

#include "shared/base/text.hpp"
#include "shared/crypto/certificate.hpp"

#include <coap3/coap.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <optional>

namespace troth::client {

namespace {

namespace cmc = wire::cmc;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view coap_scheme = "coap://";
constexpr std::string_view coaps_scheme = "coaps://";
constexpr unsigned success_class = 2;

/// Where a gateway is.
struct place {
  std::string host;
  std::string port;
  bool is_secure;
};

result<place> read_place(const std::string& url) {
  const auto is_secure = url.starts_with(coaps_scheme);
  if (!is_secure && !url.starts_with(coap_scheme))
    return error{errc::malformed, "not a coap or coaps URL: " + url};
  auto authority = url.substr((is_secure ? coaps_scheme : coap_scheme).size());
  authority = authority.substr(0, authority.find('/'));
  const auto parts = split_host_and_port(authority);
  if (!parts || authority.starts_with(':'))
    return error{errc::malformed, url + ": expected HOST:PORT"};
  return place{std::string{parts->host}, std::string{parts->port}, is_secure};
}

/// One message, and what came of it. The library calls back from `wait`, in our own thread.
class coap_exchange {
public:
  coap_exchange(const http_options& options, const place& to)
    : options_(options), to_(to), context_(coap_new_context(nullptr)) {
    coap_set_app_data(context_.get(), this);
    coap_context_set_block_mode(context_.get(), COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
    coap_register_response_handler(context_.get(), on_response);
    coap_register_nack_handler(context_.get(), on_failure);
  }

  result<bytes> run(cmc::operation which, const bytes& message, report::encoding as) {
    if (const auto opened = open(); !opened)
      return opened.error();
    if (!send(which, message, as))
      return error{errc::io, options_.url + ": the message cannot be sent"};
    const auto ends = steady_clock::now() + options_.timeout;
    while (!outcome_ && steady_clock::now() < ends)
      coap_io_process(context_.get(), 100); // milliseconds
    return outcome_ ? *outcome_
                    : result<bytes>{error{errc::timeout, options_.url + ": no answer in time"}};
  }

private:
  struct context_deleter {
    void operator()(coap_context_t* context) const { coap_free_context(context); }
  };

  result<void> open() {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_DGRAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(to_.host.c_str(), to_.port.c_str(), &wanted, &found) != 0)
      return error{errc::unavailable, options_.url + ": no such host"};
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned{found, freeaddrinfo};
    coap_address_t at;
    coap_address_init(&at);
    at.size = found->ai_addrlen;
    std::memcpy(&at.addr, found->ai_addr, found->ai_addrlen);
    session_ = to_.is_secure
                 ? open_secure(at)
                 : coap_new_client_session(context_.get(), nullptr, &at, COAP_PROTO_UDP);
    if (session_ == nullptr)
      return error{errc::unavailable, options_.url + ": no session"};
    return {};
  }

  coap_session_t* open_secure(const coap_address_t& at) {
    coap_dtls_pki_t with{};
    with.version = COAP_DTLS_PKI_SETUP_VERSION;
    with.verify_peer_cert = 1;
    with.check_common_ca = 1;
    with.validate_cn_call_back = on_certificate;
    with.cn_call_back_arg = this;
    with.client_sni = to_.host.data();
    with.pki_key.key_type = COAP_PKI_KEY_PEM;
    with.pki_key.key.pem.ca_file = options_.tls.ca.c_str();
    with.pki_key.key.pem.public_cert = options_.tls.certificate.c_str();
    with.pki_key.key.pem.private_key = options_.tls.key.c_str();
    return coap_new_client_session_pki(context_.get(), nullptr, &at, COAP_PROTO_DTLS, &with);
  }

  bool send(cmc::operation which, const bytes& message, report::encoding as) {
    auto* const request = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_POST, session_);
    std::array<std::uint8_t, 8> token{};
    std::size_t token_size = 0;
    coap_session_new_token(session_, &token_size, token.data());
    coap_add_token(request, token_size, token.data());
    const auto path = to_bytes(cmc::name(which));
    coap_add_option(request, COAP_OPTION_URI_PATH, path.size(), path.data());
    const std::uint8_t type = as == report::encoding::json ? COAP_MEDIATYPE_APPLICATION_JSON
                                                           : COAP_MEDIATYPE_APPLICATION_CBOR;
    coap_add_option(request, COAP_OPTION_CONTENT_TYPE, 1, &type);
    return coap_add_data_large_request(session_, request, message.size(), message.data(), nullptr,
                                       nullptr)
             != 0
           && coap_send(session_, request) != COAP_INVALID_MID;
  }

  static coap_exchange& of(const coap_session_t* session) {
    return *static_cast<coap_exchange*>(coap_get_app_data(coap_session_get_context(session)));
  }

  static coap_response_t on_response(coap_session_t* session, const coap_pdu_t*,
                                     const coap_pdu_t* received, const coap_mid_t) {
    of(session).take(received);
    return COAP_RESPONSE_OK;
  }

  static void on_failure(coap_session_t* session, const coap_pdu_t*, const coap_nack_reason_t why,
                         const coap_mid_t) {
    auto& self = of(session);
    const auto code = why == COAP_NACK_TLS_FAILED ? errc::untrusted : errc::unavailable;
    self.outcome_ = result<bytes>{error{code, self.options_.url + ": no answer"}};
  }

  static int on_certificate(const char*, const std::uint8_t* certificate, std::size_t size,
                            coap_session_t*, unsigned depth, int, void* self) {
    return depth > 0 || static_cast<coap_exchange*>(self)->is_expected({certificate, size}) ? 1 : 0;
  }

  bool is_expected(byte_view der) const {
    const auto read = crypto::certificate::from_der(der);
    if (!read)
      return false;
    const auto names = read->dns_names();
    const auto numbers = read->ip_addresses();
    return std::ranges::find(names, to_.host) != names.end()
           || std::ranges::find(numbers, to_.host) != numbers.end();
  }

  void take(const coap_pdu_t* received) {
    std::size_t size = 0;
    std::size_t offset = 0;
    std::size_t total = 0;
    const std::uint8_t* data = nullptr;
    byte_view body;
    if (coap_get_data_large(received, &size, &data, &offset, &total) != 0)
      body = {data, size};
    const auto code = coap_pdu_get_code(received);
    if (code >> 5 != success_class)
      outcome_ = result<bytes>{told_error(to_text(body), errc::io)};
    else if (body.size() > options_.max_response_bytes)
      outcome_ = result<bytes>{error{errc::io, options_.url + ": the response is too large"}};
    else
      outcome_ = result<bytes>{copy(body)};
  }

  const http_options& options_;
  place to_;
  std::unique_ptr<coap_context_t, context_deleter> context_;
  coap_session_t* session_ = nullptr; // the context's
  std::optional<result<bytes>> outcome_;
};

} // namespace

result<cmc_send> open_coap(const http_options& options) {
  const auto to = read_place(options.url);
  if (!to)
    return to.error();
  if (!options.token_file.empty())
    return error{errc::unsupported, "CoAP has no place for a token: " + options.url};
  const auto& tls = options.tls;
  if (to->is_secure && (tls.ca.empty() || tls.certificate.empty() || tls.key.empty()))
    return error{errc::missing, "coaps needs a CA, a certificate and a key"};
  if (const auto checked = check_tls(tls); !checked)
    return checked.error();
  coap_startup();
  coap_set_log_level(LOG_EMERG); // errors are told by us
  coap_dtls_set_log_level(LOG_EMERG);
  return cmc_send{
    [options, to = *to](cmc::operation which, const bytes& message, report::encoding as) {
      return coap_exchange{options, to}.run(which, message, as);
    }};
}

} // namespace troth::client
