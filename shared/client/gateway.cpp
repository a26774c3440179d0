#include "shared/client/gateway.hpp"

#include "shared/client/coap.hpp"
#include "shared/client/grpc.hpp"
#include "shared/client/socket.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace troth::client {

namespace {

namespace cmc = wire::cmc;

struct scheme {
  std::string_view name;
  api is;
};

constexpr std::array schemes{
  scheme{"http", api::rest},  scheme{"https", api::rest}, scheme{"unix", api::socket},
  scheme{"tcp", api::socket}, scheme{"coap", api::coap},  scheme{"coaps", api::coap},
  scheme{"grpc", api::grpc},  scheme{"grpcs", api::grpc},
};

/// Sends one message and reads its response.
template <class Response, class Request>
result<Response> exchange_cmc(const cmc_send& send, cmc::operation which, const Request& asked,
                              report::encoding as) {
  const auto answer = send(which, cmc::write(asked, as), as);
  if (!answer)
    return answer.error();
  auto read = cmc::read<Response>(*answer, as);
  if (!read)
    return error{errc::io, "the response: " + to_string(read.error())};
  return read;
}

key_calls keys_over_cmc(const cmc_send& send) {
  constexpr auto as = report::encoding::cbor;
  key_calls out;
  out.create = [send](const key_order& wanted) -> result<std::string> {
    auto made = exchange_cmc<cmc::tls_create_response>(
      send, cmc::operation::tls_create,
      cmc::tls_create_request{
        {wanted.kind, wanted.algorithm, wanted.common_name, wanted.dns_names, wanted.ip_addresses}},
      as);
    if (!made)
      return made.error();
    return (*std::move(made)).key_id;
  };
  out.certificate = [send](const std::string& id) -> result<std::string> {
    const auto made = exchange_cmc<cmc::tls_cert_response>(send, cmc::operation::tls_cert,
                                                           cmc::tls_cert_request{id}, as);
    if (!made)
      return made.error();
    std::string chain;
    for (const auto& one : made->certificates)
      chain += to_text(one);
    return chain;
  };
  out.sign = [send](const std::string& id, hash_algorithm hash, byte_view digest) -> result<bytes> {
    auto made = exchange_cmc<cmc::tls_sign_response>(
      send, cmc::operation::tls_sign,
      cmc::tls_sign_request{id, copy(digest), std::string{name(hash)}}, as);
    if (!made)
      return made.error();
    return (*std::move(made)).signature;
  };
  return out;
}

} // namespace

gateway over_rest(http_send send) {
  return {[send] { return request_challenge(send); },
          [send](const report_order& asked) { return request_report(send, asked.nonce, asked.as); },
          [send](const appraisal_request& asked, report::face as) {
            return request_appraisal(send, asked, as);
          },
          {},
          {},
          keys_over_rest(send)};
}

gateway over_cmc(cmc_send send) {
  gateway out;
  out.keys = keys_over_cmc(send);
  out.request_report = [send](const report_order& asked) -> result<bytes> {
    auto made = exchange_cmc<cmc::attestation_response>(
      send, cmc::operation::attest, cmc::attestation_request{copy(asked.nonce), asked.cached},
      asked.as);
    if (!made)
      return made.error();
    return (*std::move(made)).report;
  };
  out.find_cached = [send](const std::string& peer) -> result<std::vector<std::string>> {
    auto found = exchange_cmc<cmc::peer_cache_response>(send, cmc::operation::peer_cache,
                                                        cmc::peer_cache_request{peer},
                                                        report::encoding::cbor);
    if (!found)
      return found.error();
    return (*std::move(found)).cache;
  };
  out.request_appraisal = [send](const appraisal_request& asked, report::face as) -> result<bytes> {
    const auto encoding = check_for_cmc(asked, as);
    if (!encoding)
      return encoding.error();
    auto made = exchange_cmc<cmc::verification_response>(
      send, cmc::operation::verify,
      cmc::verification_request{*asked.nonce, copy(asked.report), asked.peer, {}, {}}, *encoding);
    if (!made)
      return made.error();
    return (*std::move(made)).result;
  };
  out.measure = [send](const report::component& container) -> result<void> {
    const auto done = exchange_cmc<cmc::measure_response>(send, cmc::operation::measure,
                                                          cmc::measure_request{container},
                                                          report::encoding::cbor);
    if (!done)
      return done.error();
    if (!done->success)
      return error{errc::io, "the response: not a success"};
    return {};
  };
  out.update = [send](renewable what) -> result<void> {
    const auto which = what == renewable::certificates ? cmc::operation::update_certs
                                                       : cmc::operation::update_metadata;
    const auto done = exchange_cmc<cmc::update_response>(send, which, cmc::update_request{},
                                                         report::encoding::cbor);
    if (!done)
      return done.error();
    if (!done->success)
      return error{errc::io, "the response: not a success"};
    return {};
  };
  return out;
}

result<report::encoding> check_for_cmc(const appraisal_request& asked, report::face as) {
  if (!asked.nonce)
    return error{errc::unsupported, "this API has no challenges: give the nonce"};
  if (!asked.policy.empty() || !asked.roots.empty() || !asked.time.empty())
    return error{errc::unsupported, "this API takes no policy, roots or time: use REST"};
  if (as != report::face::json && as != report::face::cbor)
    return error{errc::unsupported, "this API has results of the reference's alone: use REST"};
  return as == report::face::json ? report::encoding::json : report::encoding::cbor;
}

error told_error(std::string_view text, errc otherwise) {
  const auto colon = text.find(": ");
  const auto code = text.substr(0, colon);
  for (unsigned value = 1; value < 256; ++value)
    if (const auto known = static_cast<errc>(value); !code.empty() && name(known) == code)
      return {known, std::string{colon == std::string_view::npos ? "" : text.substr(colon + 2)}};
  return {otherwise, std::string{text}};
}

result<api> api_of(std::string_view url) {
  const auto end = url.find("://");
  const auto* const at = std::ranges::find(schemes,
                                           url.substr(0, end == std::string_view::npos ? 0 : end),
                                           &scheme::name);
  if (at != schemes.end())
    return at->is;
  return error{errc::malformed, "not an http, https, grpc, grpcs, coap, coaps, unix or tcp URL: "
                                  + std::string{url}};
}

result<gateway> open_gateway(const http_options& options) {
  const auto is = api_of(options.url);
  if (!is)
    return is.error();
  if (*is == api::grpc)
    return open_grpc(options);
  if (*is == api::rest) {
    auto send = open_http(options);
    if (!send)
      return send.error();
    return over_rest(*std::move(send));
  }
  auto send = *is == api::socket ? open_socket(options) : open_coap(options);
  if (!send)
    return send.error();
  return over_cmc(*std::move(send));
}

} // namespace troth::client
