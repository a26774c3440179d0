#include "services/gateway/coap_exchanges.hpp"

#include "services/gateway/callers.hpp"
#include "services/gateway/cmc_api.hpp"
#include "services/http/tls.hpp"
#include "shared/wire/status_codes.hpp"

#include <algorithm>
#include <exception>

namespace troth::services {

namespace {

namespace cmc = wire::cmc;
using std::chrono::steady_clock;

constexpr std::size_t small_body_bytes = std::size_t{64} * 1024; // not worth being counted
constexpr std::size_t max_diagnostic_bytes = 512;                // fits into one datagram
constexpr std::uint8_t request_incomplete = 0x88;                // 4.08, RFC 7959, section 2.9.2
constexpr std::uint8_t seconds_to_wait = 1;
/// A client asks again after 2 s, and is then told to wait: RFC 7252, section 4.8.
constexpr std::chrono::milliseconds acknowledgement_time{1'800};

coap_pdu_code_t to_code(unsigned value) {
  return static_cast<coap_pdu_code_t>(value);
}

byte_view payload_of(const coap_pdu_t* request, std::size_t& offset, std::size_t& total) {
  std::size_t size = 0;
  const std::uint8_t* data = nullptr;
  offset = 0;
  total = 0;
  if (coap_get_data_large(request, &size, &data, &offset, &total) == 0)
    return {};
  return {data, size};
}

/// Frees a body when the library has sent its last block.
void free_body(coap_session_t*, void* body) {
  const std::unique_ptr<bytes> owned{static_cast<bytes*>(body)};
}

} // namespace

void coap_exchanges::serve(coap_context_t* context) {
  coap_set_app_data(context, this);
  for (const auto& one : cmc::operations()) {
    const auto path = to_bytes(one.name);
    auto* const resource = coap_resource_init(coap_new_str_const(path.data(), path.size()),
                                              COAP_RESOURCE_FLAGS_RELEASE_URI);
    coap_register_handler(resource, COAP_REQUEST_POST, on_post);
    coap_add_resource(context, resource);
  }
}

void coap_exchanges::on_post(coap_resource_t* resource, coap_session_t* session,
                             const coap_pdu_t* request, const coap_string_t* query,
                             coap_pdu_t* response) {
  auto* const self
    = static_cast<coap_exchanges*>(coap_get_app_data(coap_session_get_context(session)));
  const auto* const path = coap_resource_get_uri_path(resource);
  try {
    const auto which = cmc::operation_of(to_text({path->s, path->length}));
    self->handle({resource, session, request, query, response, which.value()});
  } catch (const std::exception&) { // most likely there is no memory left
    coap_pdu_set_code(response, to_code(wire::coap_code(errc::internal)));
  }
}

void coap_exchanges::handle(const incoming& in) {
  if (const auto* const async = coap_find_async(in.session, coap_pdu_get_token(in.request))) {
    const auto at = std::ranges::find_if(pending_, [async](const auto& one) {
      return one.second.token == async;
    });
    if (at == pending_.end() || !at->second.answer)
      return;
    acknowledge(in, at->second);
    answer(in, at->second);
    pending_.erase(at); // and the library forgets its part
    return;
  }
  const auto who = find_caller(in.session);
  if (is_stopping_)
    return refuse(in, {errc::unavailable, "the service is stopping"});
  if (!who)
    return refuse(in, {errc::unauthenticated, "a certificate of this service is needed"});
  if (const auto may = check_access(*who, in.which); !may)
    return refuse(in, may.error()); // before anything of the body is looked at
  handle_block(in, *who);
}

std::optional<caller> coap_exchanges::find_caller(const coap_session_t* session) {
  if (coap_session_get_proto(session) != COAP_PROTO_DTLS)
    return who_.of_plain;
  return who_.of_secure(sessions_[session].shown);
}

void coap_exchanges::handle_block(const incoming& in, const caller& who) {
  std::size_t offset = 0;
  std::size_t total = 0;
  const auto block = payload_of(in.request, offset, total);
  auto& uploads = sessions_[in.session].uploads;
  auto& now = uploads[in.which];
  if (offset == 0)
    now = {coap_body{max_cmc_bytes(in.which, door_.to->max_report_bytes())}, {}};
  const auto step = now.body.add(offset, to_text(block), offset + block.size() >= total);
  const auto drop = [&](const error& why, std::optional<std::uint8_t> code = {}) {
    uploads.erase(in.which);
    refuse(in, why, code);
  };
  if (step == coap_body::step::too_large)
    return drop({errc::too_large, "the body is over its limit"});
  if (step == coap_body::step::gap)
    return drop({errc::malformed, "a block does not follow the one before"}, request_incomplete);
  now.held.reset();
  if (now.body.size_bytes() > small_body_bytes)
    now.held = std::make_unique<net::share>(door_.busy->body_bytes, now.body.size_bytes());
  if (door_.busy->body_bytes > door_.allowed.max_body_bytes)
    return drop({errc::exhausted, "too many bytes at a time"});
  if (step == coap_body::step::more)
    return coap_pdu_set_code(in.response, COAP_RESPONSE_CODE_CONTINUE);
  auto whole = std::move(now);
  uploads.erase(in.which);
  begin(in, who, std::move(whole));
}

void coap_exchanges::begin(const incoming& in, const caller& who, upload whole) {
  if (door_.busy->callers.refuse(who.name, std::chrono::steady_clock::now()))
    return refuse(in, {errc::exhausted, "this caller asks too often"});
  auto grant = door_.busy->at_once.admit(who.name);
  if (!grant)
    return refuse(in, {errc::exhausted, "this caller asks for too much at a time"});
  auto busy = std::make_unique<net::share>(door_.busy->requests);
  if (door_.busy->requests > door_.allowed.max_requests)
    return refuse(in, {errc::exhausted, "too many requests at a time"});
  auto body = whole.body.take();
  const auto as = cmc::encoding_of(to_bytes(std::string_view{body}.substr(0, 1)));
  if (!as)
    return refuse(in, as.error());
  auto* const async = coap_register_async(in.session, in.request, 0);
  if (async == nullptr)
    return refuse(in, {errc::exhausted, "no memory"});
  const auto id = ++last_id_;
  auto seen = observation_of(in, who);
  seen.received_bytes = body.size();
  const origin from{who, {seen.id, seen.trace}};
  pending_request waits{async,
                        coap_pdu_get_mid(in.request),
                        coap_pdu_get_type(in.request),
                        *as,
                        std::move(seen),
                        steady_clock::now(),
                        std::move(grant),
                        std::move(busy),
                        std::move(whole.held),
                        {}};
  pending_.emplace(id, std::move(waits));
  coap_pdu_set_type(in.response, COAP_MESSAGE_NON); // an empty one of which is not sent
  answer_at_door(door_, from, in.which, std::move(body), *as,
                 [this, id](result<bytes> made) { finish(id, std::move(made)); });
}

void coap_exchanges::finish(std::uint64_t id, result<bytes> made) {
  {
    const std::lock_guard lock{mutex_};
    finished_.emplace_back(id, std::move(made));
  }
  wake_();
}

void coap_exchanges::deliver() {
  std::vector<std::pair<std::uint64_t, result<bytes>>> taken;
  {
    const std::lock_guard lock{mutex_};
    taken.swap(finished_);
  }
  for (auto& [id, made] : taken)
    if (const auto at = pending_.find(id); at != pending_.end()) {
      at->second.answer = std::move(made);
      coap_async_trigger(at->second.token); // the library calls `handle` again
    }
}

/// Makes the response the acknowledgement, too, if there was none: one that is on its own is a
/// stranger to clients of this library, which then do not ask for its other blocks.
void coap_exchanges::acknowledge(const incoming& in, const pending_request& with) {
  if (with.type != COAP_MESSAGE_CON || steady_clock::now() - with.begun > acknowledgement_time)
    return;
  coap_pdu_set_type(in.response, COAP_MESSAGE_ACK);
  coap_pdu_set_mid(in.response, with.message);
}

void coap_exchanges::answer(const incoming& in, pending_request& with) {
  auto& made = *with.answer;
  with.seen.time = steady_clock::now() - with.begun;
  if (made) {
    auto body = std::make_unique<bytes>(*std::move(made));
    with.seen.sent_bytes = body->size();
    coap_pdu_set_code(in.response, COAP_RESPONSE_CODE_CONTENT);
    const std::uint16_t type = with.as == report::encoding::json ? COAP_MEDIATYPE_APPLICATION_JSON
                                                                 : COAP_MEDIATYPE_APPLICATION_CBOR;
    constexpr int no_max_age = -1;
    constexpr std::uint64_t no_etag = 0;
    auto* const owned = body.release();
    coap_add_data_large_response(in.resource, in.session, in.request, in.response, in.query, type,
                                 no_max_age, no_etag, owned->size(), owned->data(), free_body,
                                 owned);
  } else {
    const auto why = made.error();
    with.seen.code = troth::name(why.code);
    with.seen.why = why.where;
    coap_pdu_set_code(in.response, to_code(wire::coap_code(why.code)));
    if (is_retriable(why.code))
      coap_add_option(in.response, COAP_OPTION_MAXAGE, 1, &seconds_to_wait);
    const auto text = to_bytes(told(why));
    coap_add_data(in.response, std::min(text.size(), max_diagnostic_bytes), text.data());
  }
  door_.observe(with.seen);
}

void coap_exchanges::refuse(const incoming& in, const error& why,
                            std::optional<std::uint8_t> code) {
  const auto who = find_caller(in.session).value_or(caller{"unknown", {}});
  pending_request refused{
    nullptr, {}, COAP_MESSAGE_NON, {}, observation_of(in, who), steady_clock::now(), {}, {},
    {},      why};
  answer(in, refused);
  if (code)
    coap_pdu_set_code(in.response, to_code(*code));
}

door_observation coap_exchanges::observation_of(const incoming& in, const caller& who) const {
  auto out = observe_request(door_, "coap"); // which has no place for a trace
  out.client = who.name;
  out.operation = cmc::name(in.which);
  return out;
}

void coap_exchanges::is_shown(const coap_session_t* session, byte_view certificate) {
  sessions_[session].shown.certificate_names = http::certificate_names(certificate);
}

} // namespace troth::services
