#include "services/gateway/cmc_api.hpp"

#include "shared/wire/requests.hpp"
#include "shared/wire/tls_keys.hpp"

#include <utility>

namespace troth::services {

namespace {

namespace cmc = wire::cmc;
using protocol::payload;

std::string_view media_type_of(report::encoding as) {
  return as == report::encoding::json ? wire::json_media_type : wire::cbor_media_type;
}

/// Returns the encoding that a report has by its first byte: what it really is, its parser says.
std::string media_type_of_report(byte_view report) {
  const auto as = cmc::encoding_of(report);
  return std::string{media_type_of(as ? *as : report::encoding::cbor)};
}

action action_of(cmc::operation which) {
  switch (which) {
  case cmc::operation::attest:
    return action::attest;
  case cmc::operation::verify:
    return action::appraise;
  case cmc::operation::peer_cache:
    return action::read_peer_cache;
  case cmc::operation::measure:
    return action::measure;
  case cmc::operation::update_certs:
  case cmc::operation::update_metadata:
    return action::update;
  case cmc::operation::tls_create:
  case cmc::operation::tls_sign:
    return action::use_keys;
  case cmc::operation::tls_cert:
    return action::manage_keys;
  }
  return action::use_keys;
}

/// Returns what turns a response into its bytes.
template <class Response>
operations::answer<Response> written(report::encoding as, operations::answer<bytes> then) {
  return [as, then = std::move(then)](const result<Response>& response) {
    then(response ? result<bytes>{cmc::write(*response, as)} : response.error());
  };
}

/// Reads a request, and has `serve` answer it.
template <class Request, class Response, class Serve>
void answer_with(const std::string& body, report::encoding as, operations::answer<bytes> then,
                 Serve serve) {
  auto request = cmc::read<Request>(to_bytes(body), as);
  if (!request)
    return then(request.error());
  serve(*std::move(request), written<Response>(as, std::move(then)));
}

} // namespace

std::size_t max_cmc_bytes(cmc::operation which, std::size_t max_report_bytes) noexcept {
  constexpr std::size_t without_report = std::size_t{1024} * 1024; // 4096 digests, or an event
  return which == cmc::operation::verify ? wire::max_appraisal_bytes(max_report_bytes)
                                         : without_report;
}

result<void> check_access(const caller& who, cmc::operation which) {
  return check_access(who, action_of(which));
}

void attest(const operations& on, const origin& from, cmc::attestation_request asked,
            report::encoding as, operations::answer<cmc::attestation_response> then) {
  protocol::attest_request request;
  request.nonce = protocol::to_blob(asked.nonce);
  request.encoding = as == report::encoding::json ? "json" : "cbor";
  request.cached = std::move(asked.cached);
  on.attest(from, std::move(request), [then = std::move(then)](const result<payload>& made) {
    if (!made)
      return then(made.error());
    then(cmc::attestation_response{to_bytes(made->body)});
  });
}

void verify(const operations& on, const origin& from, cmc::verification_request asked,
            report::encoding as, operations::answer<cmc::verification_response> then) {
  if (!asked.policies.empty())
    return then(error{errc::forbidden, "Verify.policies: this service has its own"});
  if (asked.report.size() > on.max_report_bytes())
    return then(error{errc::too_large, "Verify.report: " + std::to_string(asked.report.size())
                                         + " bytes, at most "
                                         + std::to_string(on.max_report_bytes())});
  protocol::appraisal_request request;
  request.report.media_type = media_type_of_report(asked.report);
  request.report.size_bytes = asked.report.size();
  request.report.body = protocol::to_blob(asked.report);
  request.nonce = protocol::to_blob(asked.nonce);
  request.accept = media_type_of(as);
  request.peer = std::move(asked.peer);
  on.appraise(from, std::move(request), [then = std::move(then)](const result<payload>& made) {
    if (!made)
      return then(made.error());
    then(cmc::verification_response{to_bytes(made->body)});
  });
}

void peer_cache(const operations& on, const origin& from, cmc::peer_cache_request asked,
                operations::answer<cmc::peer_cache_response> then) {
  on.known(from, std::move(asked.peer),
           [then = std::move(then)](const result<protocol::known_items>& made) {
             if (!made)
               return then(made.error());
             then(cmc::peer_cache_response{made->digests});
           });
}

void measure(const operations& on, const origin& from, const cmc::measure_request& asked,
             operations::answer<cmc::measure_response> then) {
  on.measure(from, asked.event, [then = std::move(then)](const result<payload>& made) {
    if (!made)
      return then(made.error());
    then(cmc::measure_response{true});
  });
}

void tls_create(const operations& on, const origin& from, cmc::tls_create_request asked,
                operations::answer<cmc::tls_create_response> then) {
  if (const auto good = cmc::check(asked); !good)
    return then(good.error());
  protocol::tls_key_request request;
  request.action = protocol::tls_key_action::create;
  request.kind = asked.key.kind == "snp" ? "sw" : std::move(asked.key.kind);
  request.algorithm = std::move(asked.key.algorithm);
  request.common_name = std::move(asked.key.common_name);
  request.dns_names = std::move(asked.key.dns_names);
  request.ip_addresses = std::move(asked.key.ip_addresses);
  on.tls_key(from, std::move(request), [then = std::move(then)](const result<payload>& made) {
    if (!made)
      return then(made.error());
    const auto keys = wire::read_tls_keys(made->body);
    if (!keys || keys->empty())
      return then(error{errc::internal, "TLSCreate: " + (keys ? "no key" : keys.error().where)});
    then(cmc::tls_create_response{keys->front().id});
  });
}

void tls_sign(const operations& on, const origin& from, cmc::tls_sign_request asked,
              operations::answer<cmc::tls_sign_response> then) {
  if (const auto good = cmc::check(asked); !good)
    return then(good.error());
  protocol::tls_key_request request;
  request.action = protocol::tls_key_action::sign;
  request.id = std::move(asked.key_id);
  request.hash = std::move(asked.hash);
  request.digest = protocol::to_blob(asked.content);
  on.tls_key(from, std::move(request), [then = std::move(then)](const result<payload>& made) {
    if (!made)
      return then(made.error());
    then(cmc::tls_sign_response{to_bytes(made->body)});
  });
}

void tls_cert(const operations& on, const origin& from, cmc::tls_cert_request asked,
              operations::answer<cmc::tls_cert_response> then) {
  if (const auto good = cmc::check(asked); !good)
    return then(good.error());
  protocol::tls_key_request request;
  request.action = protocol::tls_key_action::certificate;
  request.id = std::move(asked.key_id);
  on.tls_key(from, std::move(request), [then = std::move(then)](const result<payload>& made) {
    const auto chain = made ? wire::split_certificates(made->body)
                            : result<std::vector<std::string>>{made.error()};
    if (!chain)
      return then(made ? error{errc::internal, "TLSCert: " + chain.error().where} : chain.error());
    cmc::tls_cert_response out;
    for (const auto& one : *chain)
      out.certificates.push_back(to_bytes(one));
    then(std::move(out));
  });
}

void update(const operations& on, const origin& from, cmc::operation which,
            operations::answer<cmc::update_response> then) {
  on.update(from, which == cmc::operation::update_certs ? "certificates" : "metadata",
            [then = std::move(then)](const result<protocol::readiness>& done) {
              if (!done)
                return then(done.error());
              then(cmc::update_response{true});
            });
}

void answer_cmc(const operations& on, const origin& from, cmc::operation which,
                const std::string& body, report::encoding as, operations::answer<bytes> then) {
  if (const auto may = check_access(from.who, which); !may)
    return then(may.error()); // before anything of the body is looked at
  switch (which) {
  case cmc::operation::attest:
    return answer_with<cmc::attestation_request, cmc::attestation_response>(
      body, as, std::move(then),
      [&](auto&& asked, auto&& to) { attest(on, from, std::move(asked), as, std::move(to)); });
  case cmc::operation::verify:
    return answer_with<cmc::verification_request, cmc::verification_response>(
      body, as, std::move(then),
      [&](auto&& asked, auto&& to) { verify(on, from, std::move(asked), as, std::move(to)); });
  case cmc::operation::peer_cache:
    return answer_with<cmc::peer_cache_request, cmc::peer_cache_response>(
      body, as, std::move(then),
      [&](auto&& asked, auto&& to) { peer_cache(on, from, std::move(asked), std::move(to)); });
  case cmc::operation::measure:
    return answer_with<cmc::measure_request, cmc::measure_response>(
      body, as, std::move(then),
      [&](auto&& asked, auto&& to) { measure(on, from, asked, std::move(to)); });
  case cmc::operation::update_certs:
  case cmc::operation::update_metadata:
    return answer_with<cmc::update_request, cmc::update_response>(
      body, as, std::move(then),
      [&](auto&&, auto&& to) { update(on, from, which, std::move(to)); });
  case cmc::operation::tls_create:
    return answer_with<cmc::tls_create_request, cmc::tls_create_response>(
      body, as, std::move(then),
      [&](auto&& asked, auto&& to) { tls_create(on, from, std::move(asked), std::move(to)); });
  case cmc::operation::tls_sign:
    return answer_with<cmc::tls_sign_request, cmc::tls_sign_response>(
      body, as, std::move(then),
      [&](auto&& asked, auto&& to) { tls_sign(on, from, std::move(asked), std::move(to)); });
  case cmc::operation::tls_cert:
    return answer_with<cmc::tls_cert_request, cmc::tls_cert_response>(
      body, as, std::move(then),
      [&](auto&& asked, auto&& to) { tls_cert(on, from, std::move(asked), std::move(to)); });
  }
}

} // namespace troth::services
