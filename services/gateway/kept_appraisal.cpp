#include "services/gateway/kept_appraisal.hpp"

#include "services/gateway/background_jobs.hpp"
#include "services/gateway/documentation.hpp"
#include "services/gateway/kept_id.hpp"
#include "services/ports.hpp"
#include "shared/protocol/deadline.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace troth::services {

namespace {

using protocol::outcome_request;
using protocol::payload;
namespace outcome_action = protocol::outcome_action;
namespace outcome_state = protocol::outcome_state;

constexpr const char* json_type = "application/json";
constexpr std::size_t id_digits = 32;
constexpr unsigned patient_tries = 20;
constexpr std::chrono::milliseconds pause{250}; // between them
constexpr std::chrono::seconds margin{30};      // in which an outcome can still be told

/// Returns under which id verifiers keep it: nobody else can name it.
std::string kept_id(const caller& who, std::string_view id) {
  return digest_of({"appraisal", who.name, id});
}

http::response pending_response(const std::string& id) {
  http::response out{202, json_type,
                     nlohmann::ordered_json{{"id", id}, {"status", "pending"}}.dump()};
  out.headers.emplace_back("Location", "/v1/appraisals/" + id);
  out.headers.emplace_back("Retry-After", "1");
  return out;
}

/// Makes an answer of what was kept. A problem says itself which status it has.
http::response kept_response(payload&& kept) {
  if (kept.media_type == "text/html")
    return page_response(std::move(kept.body));
  http::response out{200, std::move(kept.media_type), std::move(kept.body)};
  if (out.media_type != wire::problem_media_type)
    return out;
  const auto problem = nlohmann::json::parse(out.body, nullptr, false);
  const auto member = [&](const char* name) {
    return problem.is_object() && problem.contains(name) ? problem[name] : nlohmann::json{};
  };
  const auto status = member("status");
  const auto code = member("code");
  out.status = status.is_number_unsigned() && status >= 400 && status < 600 ? status.get<unsigned>()
                                                                            : 500U;
  out.code = code.is_string() ? code.get<std::string>() : "internal";
  return out;
}

/// One appraisal whose outcome is kept.
class kept_appraisal : public std::enable_shared_from_this<kept_appraisal> {
public:
  kept_appraisal(const api_parts& with, const http::request& asked,
                 protocol::appraisal_request message, http::responder respond)
    : with_(with), from_(origin_of(asked)),
      id_(asked.idempotency_key.empty()
            ? asked.id + make_request_id()
            : digest_of({"key", asked.idempotency_key}).substr(0, id_digits)),
      digest_(digest_of({asked.produces, asked.body})), is_later_(prefers_later(asked.prefer)),
      message_(std::move(message)), respond_(std::move(respond)) {
    // nop
  }

  void begin() {
    if (is_later_ && !(grant_ = with_.busy->at_once.admit(from_.who.name, 1))) // besides this one
      return turn_away();
    if (is_later_ && !(ticket_ = with_.jobs->begin()))
      return refuse({errc::exhausted, "too many appraisals under way"});
    auto asked = about(outcome_action::begin);
    asked.digest = digest_;
    asked.until_ms = protocol::to_unix_ms(with_.to->latest_answer() + margin);
    with_.to->outcome(from_, std::move(asked), [self = shared_from_this()](result<payload> known) {
      self->on_begun(std::move(known));
    });
  }

private:
  outcome_request about(const char* action) const {
    return {action, kept_id(from_.who, id_), {}, {}, 0};
  }

  void on_begun(result<payload> known) {
    if (!known)
      return refuse(known.error());
    if (known->media_type == outcome_state::begun)
      return run();
    if (known->media_type != outcome_state::pending)
      return respond_(kept_response(*std::move(known)));
    if (is_later_)
      return respond_(pending_response(id_));
    auto out = http::error_response({errc::conflict, "Idempotency-Key: is being answered"},
                                    from_.context.id);
    out.headers.emplace_back("Retry-After", "1");
    respond_(std::move(out));
  }

  void run() {
    if (is_later_) {
      auto out = pending_response(id_);
      out.headers.emplace_back("Preference-Applied", "respond-async");
      respond_(std::move(out));
    }
    with_.to->appraise(from_, std::move(message_),
                       [self = shared_from_this()](result<payload> answer) {
                         self->keep(std::move(answer));
                       });
  }

  /// What may be different the next time is not kept for who asks again.
  void keep(result<payload> answer) {
    const auto is_kept = answer || is_later_ || blames_input(answer.error().code);
    auto asked = about(is_kept ? outcome_action::finish : outcome_action::forget);
    if (!answer)
      problem_ = result_problem(answer.error(), from_.context.id);
    if (is_kept) {
      asked.outcome
        = answer ? *answer : payload{problem_.media_type, problem_.body, {}, problem_.body.size()};
      asked.until_ms = protocol::to_unix_ms(with_.to->latest_answer() + with_.keep);
    }
    answer_.emplace(std::move(answer));
    send(std::move(asked), is_later_ ? patient_tries : 1);
  }

  /// Has a verifier keep it. Who waits for the answer gets it, kept or not; who does not has
  /// nothing else, so that a verifier that is lost just now is asked again.
  void send(outcome_request asked, unsigned tries) {
    with_.to->outcome(from_, asked,
                      [self = shared_from_this(), asked, tries](const result<payload>& done) {
                        if (!done && is_retriable(done.error().code) && tries > 1)
                          return self->send_later(asked, tries - 1);
                        if (!self->is_later_)
                          self->tell();
                      });
  }

  void send_later(outcome_request asked, unsigned tries) {
    const auto timer = std::make_shared<boost::asio::steady_timer>(*with_.workers, pause);
    timer->async_wait([self = shared_from_this(), timer, asked = std::move(asked),
                       tries](const boost::system::error_code& why) {
      if (!why)
        self->send(asked, tries);
    });
  }

  void turn_away() {
    auto out = http::problem_response(
      {429, "rate_limited", "this caller asks for too much at a time"}, from_.context.id);
    out.headers.emplace_back("Retry-After", "1");
    respond_(std::move(out));
  }

  void tell() { respond_(*answer_ ? kept_response(*std::move(*answer_)) : std::move(problem_)); }

  void refuse(const error& why) { respond_(http::error_response(why, from_.context.id)); }

  const api_parts with_;
  const origin from_;
  const std::string id_;
  const std::string digest_;
  const bool is_later_;
  protocol::appraisal_request message_;
  const http::responder respond_;
  std::unique_ptr<net::concurrency_limiter::grant> grant_; ///< Of one for later.
  background_jobs::ticket ticket_;
  std::optional<result<payload>> answer_;
  http::response problem_; ///< Where there is no answer.
};

} // namespace

bool prefers_later(std::string_view prefer) {
  constexpr std::string_view wanted = "respond-async";
  while (!prefer.empty()) {
    const auto end = std::min(prefer.find(','), prefer.size());
    auto one = prefer.substr(0, std::min(prefer.find(';'), end));
    one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
    one = one.substr(0, one.find_last_not_of(" \t") + 1);
    if (one == wanted)
      return true;
    prefer.remove_prefix(std::min(end + 1, prefer.size()));
  }
  return false;
}

void appraise_and_keep(const api_parts& with, const http::request& asked,
                       protocol::appraisal_request message, http::responder respond) {
  std::make_shared<kept_appraisal>(with, asked, std::move(message), std::move(respond))->begin();
}

void find_kept(const api_parts& with, const http::request& asked, http::responder respond) {
  const auto& id = asked.parameters.at(0);
  outcome_request about{outcome_action::find, kept_id(asked.who, id), {}, {}, 0};
  with.to->outcome(origin_of(asked), std::move(about),
                   [id, request = asked.id, respond = std::move(respond)](result<payload> found) {
                     if (!found)
                       return respond(http::error_response(found.error(), request));
                     if (found->media_type == outcome_state::pending)
                       return respond(pending_response(id));
                     respond(kept_response(*std::move(found)));
                   });
}

} // namespace troth::services
