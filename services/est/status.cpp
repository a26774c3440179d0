#include "services/est/status.hpp"

#include "services/est/key_files.hpp"
#include "services/http/site.hpp"
#include "services/ports.hpp"
#include "shared/attesting/metadata_set.hpp"
#include "shared/report/omsp.hpp"

#include <chrono>
#include <utility>

namespace troth::services {

namespace {

constexpr std::size_t max_request_bytes = std::size_t{256} * 1024; // 1024 digests
constexpr std::size_t max_connections = 256;

/// @returns the route, which answers in the thread of its connection: one, so one at a time.
http::route make_route(const std::shared_ptr<actors::status_responder>& responder,
                       const event_log& log) {
  http::route out{"POST", "/omsp",
                  [responder, &log](http::request&& asked, const http::responder& respond) {
                    const auto body = to_bytes(asked.body);
                    auto answer = responder->answer(body);
                    if (!answer && blames_input(answer.error().code))
                      return respond(http::error_response(answer.error(), asked.id));
                    if (!answer) { // whose place is nobody else's business
                      log.warning("status.failed", {{"why", to_string(answer.error())}});
                      return respond(http::error_response({errc::unavailable, "status"}, asked.id));
                    }
                    const auto as = answer->front() == '{' ? report::encoding::json
                                                           : report::encoding::cbor;
                    respond({200, std::string{attesting::media_type_of(as)}, to_text(*answer)});
                  }};
  for (const auto as : {report::encoding::json, report::encoding::cbor})
    out.consumes.emplace_back(report::status_media_type(as));
  out.max_body_bytes = max_request_bytes;
  return out;
}

} // namespace

void status_service::define(configuration& keys) {
  keys.add("status.listen", listen_,
           "HOST:PORT where everybody may ask whether manifests are good (OMSP); empty: nowhere");
  keys.add("status.file", file_,
           "What it says of them: an unsigned item of troth-metatool create status; read again "
           "whenever it changes");
  keys.add("status.certificate", certificate_, "PEM file: the status signer's, its own first");
  keys.add("status.key", key_, "PEM file: that signer's key");
  keys.add("status.lifetimeSeconds", lifetime_seconds_, {1, 31'536'000},
           "How long an answer holds");
  keys.add("status.tls.certificate", tls_.certificate, "PEM file for HTTPS; empty: plain HTTP");
  keys.add("status.tls.key", tls_.key, "Its key");
}

result<void> status_service::prepare() {
  if (listen_.empty())
    return {};
  for (const auto& [name, value] : {std::pair{"status.file", &file_},
                                    {"status.certificate", &certificate_},
                                    {"status.key", &key_}})
    if (value->empty())
      return error{errc::missing, name};
  const auto at = read_address("status.listen", listen_);
  if (!at)
    return at.error();
  const auto chain = load_certificates(certificate_);
  if (!chain)
    return chain.error();
  const auto key = load_key("status.key", key_);
  if (!key)
    return key.error();
  actors::status_signer signer{*chain, *key};
  if (const auto good = actors::check_status_signer(signer, system_now()); !good)
    return error{good.error().code, "status.certificate: " + good.error().where};
  responder_ = std::make_shared<actors::status_responder>(file_, std::move(signer),
                                                          std::chrono::seconds{lifetime_seconds_},
                                                          system_now);
  return responder_->check();
}

result<void> status_service::start(node& on) {
  if (!responder_)
    return {};
  const auto what = std::make_shared<http::site>();
  what->routes = {make_route(responder_, on.log())};
  what->allowed.max_connections = max_connections;
  const auto where = on.serve("status.listen", listen_, tls_, what, 1);
  if (!where)
    return where.error();
  on.log().info("status.listening", {{"address", to_string(*where)}});
  return {};
}

} // namespace troth::services
