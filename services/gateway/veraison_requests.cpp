#include "services/gateway/veraison_requests.hpp"

#include "services/gateway/kept_id.hpp"
#include "services/gateway/veraison_session.hpp"
#include "services/ports.hpp"
#include "shared/base/hex.hpp"
#include "shared/protocol/deadline.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace troth::services {

namespace {

using protocol::outcome_request;
using protocol::payload;
namespace outcome_action = protocol::outcome_action;
namespace outcome_state = protocol::outcome_state;

constexpr std::chrono::seconds session_lifetime{150}; // as Veraison's
constexpr std::size_t session_id_bytes = 16;
constexpr const char* token_media_type = "application/eat+jwt";

/// Returns under which id verifiers keep a session, and what came of it.
std::string session_key(const caller& who, const std::string& id, const char* part) {
  return digest_of({"session", part, who.name, id});
}

std::string record_key(const caller& who, const std::string& id) {
  return session_key(who, id, "record");
}

std::string outcome_key(const caller& who, const std::string& id) {
  return session_key(who, id, "outcome");
}

http::response session_response(unsigned status, std::string body) {
  return {status, std::string{veraison::session_media_type}, std::move(body)};
}

/// What one request about a session needs until it is answered.
class session_request : public std::enable_shared_from_this<session_request> {
public:
  session_request(const api_parts& with, const http::request& asked, http::responder respond)
    : with_(with), from_(origin_of(asked)),
      id_(asked.parameters.empty() ? std::string{} : asked.parameters.front()),
      media_type_(asked.media_type), body_(asked.body), respond_(std::move(respond)) {
    // nop
  }

  /// Opens a session with a challenge of the verifiers, or with a nonce of the caller's or of the
  /// size that it wants.
  void open(const std::string& query) {
    auto read = veraison::parse_nonce_wish(query);
    if (!read)
      return refuse(read.error());
    auto [nonce, size_bytes] = *std::move(read);
    if (nonce.empty() && size_bytes == veraison::default_nonce_bytes)
      return with_.to->challenge(
        from_, next<protocol::challenge>([](auto& self, auto made) {
          self.session_ = {protocol::to_bytes(made.nonce), made.expires, made.id};
          self.keep_record();
        }));
    if (nonce.empty()) {
      auto made = kernel_random(size_bytes);
      if (!made)
        return refuse(made.error());
      nonce = *std::move(made);
    }
    session_ = {std::move(nonce), format_time(system_now() + session_lifetime), {}};
    keep_record();
  }

  void show() {
    ask({outcome_action::find, outcome_key(from_.who, id_), {}, {}, 0}, [](auto& self, auto found) {
      if (found && found->media_type != outcome_state::pending)
        return self.respond_(session_response(200, (*std::move(found)).body));
      if (!found && found.error().code != errc::not_found)
        return self.refuse(found.error());
      self.find_record([is_busy = found.has_value()](auto& own) {
        own.respond_(session_response(200, own.text(is_busy ? veraison::state::processing
                                                            : veraison::state::waiting)));
      });
    });
  }

  /// Takes the session's evidence, once.
  void submit() {
    if (body_.empty())
      return refuse({errc::missing, "evidence"});
    find_record([](auto& self) {
      outcome_request asked{outcome_action::begin,
                            outcome_key(self.from_.who, self.id_),
                            digest_of({self.media_type_, self.body_}),
                            {},
                            self.latest()};
      self.ask(std::move(asked), [](auto& own, auto begun) {
        if (!begun)
          return own.refuse(begun.error());
        if (begun->media_type == outcome_state::begun)
          return own.appraise();
        if (begun->media_type != outcome_state::pending)
          return own.respond_(session_response(200, (*std::move(begun)).body));
        own.respond_(session_response(202, own.text(veraison::state::processing)));
      });
    });
  }

  void erase() {
    find_record([](auto& self) {
      self.ask({outcome_action::forget, record_key(self.from_.who, self.id_), {}, {}, 0},
               [](auto& own, auto done) {
                 if (!done)
                   return own.refuse(done.error());
                 own.ask({outcome_action::forget, outcome_key(own.from_.who, own.id_), {}, {}, 0},
                         [](auto& last, auto gone) {
                           gone ? last.respond_({204, {}, {}}) : last.refuse(gone.error());
                         });
               });
    });
  }

private:
  /// Returns what goes on with an answer, or refuses.
  template <class T, class Then>
  operations::answer<T> next(Then then) {
    return [self = shared_from_this(), then = std::move(then)](result<T> told) {
      if (!told)
        return self->refuse(told.error());
      then(*self, *std::move(told));
    };
  }

  template <class Then>
  void ask(outcome_request what, Then then) {
    with_.to->outcome(from_, std::move(what),
                      [self = shared_from_this(), then = std::move(then)](result<payload> told) {
                        then(*self, std::move(told));
                      });
  }

  template <class Then>
  void find_record(Then then) {
    ask({outcome_action::find, record_key(from_.who, id_), {}, {}, 0},
        [then = std::move(then)](auto& self, auto found) {
          if (!found)
            return self.refuse(found.error().code == errc::not_found
                                 ? error{errc::not_found, "session " + self.id_}
                                 : found.error());
          auto read = veraison::parse_kept(found->body);
          if (!read)
            return self.refuse({errc::not_found, "session " + self.id_});
          self.session_ = *std::move(read);
          then(self);
        });
  }

  /// Keeps a new session, which then has an id.
  void keep_record() {
    const auto random = kernel_random(session_id_bytes);
    if (!random)
      return refuse(random.error());
    id_ = hex(*random);
    const auto record = veraison::write_kept(session_);
    ask({outcome_action::begin, record_key(from_.who, id_), digest_of({record}), {}, latest()},
        [record](auto& self, auto begun) {
          if (!begun)
            return self.refuse(begun.error());
          const auto until = parse_time(self.session_.expires);
          self.ask({outcome_action::finish,
                    record_key(self.from_.who, self.id_),
                    {},
                    payload{"application/json", record, {}, record.size()},
                    until ? protocol::to_unix_ms(*until) : 0},
                   [](auto& own, auto kept) {
                     if (!kept)
                       return own.refuse(kept.error());
                     auto out = session_response(201, own.text(veraison::state::waiting));
                     out.headers.emplace_back("Location",
                                              "/challenge-response/v1/session/" + own.id_);
                     own.respond_(std::move(out));
                   });
        });
  }

  void appraise() {
    protocol::appraisal_request message;
    message.report = payload{media_type_, body_, {}, body_.size()};
    message.challenge_id = session_.challenge_id;
    if (session_.challenge_id.empty())
      message.nonce = protocol::to_blob(session_.nonce);
    message.accept = token_media_type;
    with_.to->appraise(from_, std::move(message),
                       [self = shared_from_this()](result<payload> answer) {
                         self->finish(std::move(answer));
                       });
  }

  /// Keeps what came of it for who asks again, but for what may be different the next time.
  void finish(result<payload> answer) {
    const auto is_kept = answer || blames_input(answer.error().code);
    outcome_request asked{is_kept ? outcome_action::finish : outcome_action::forget,
                          outcome_key(from_.who, id_),
                          {},
                          {},
                          0};
    const auto shown = answer ? text(veraison::state::complete, answer->body)
                              : text(veraison::state::failed);
    if (is_kept) {
      asked.outcome = payload{std::string{veraison::session_media_type}, shown, {}, shown.size()};
      asked.until_ms = protocol::to_unix_ms(with_.to->latest_answer() + with_.keep);
    }
    answer_ = answer ? session_response(200, shown)
                     : result_problem(answer.error(), from_.context.id);
    ask(std::move(asked),
        [](auto& self, auto) { self.respond_(std::move(self.answer_)); }); // kept or not
  }

  std::uint64_t latest() const {
    return protocol::to_unix_ms(with_.to->latest_answer() + session_lifetime);
  }

  std::string text(std::string_view state, std::string_view result = {}) const {
    return veraison::write_session(session_, state, result);
  }

  void refuse(const error& why) { respond_(http::error_response(why, from_.context.id)); }

  const api_parts with_;
  const origin from_;
  std::string id_;
  const std::string media_type_;
  const std::string body_;
  const http::responder respond_;
  veraison::session session_;
  http::response answer_;
};

template <class... Arguments>
std::shared_ptr<session_request> about(Arguments&&... arguments) {
  return std::make_shared<session_request>(std::forward<Arguments>(arguments)...);
}

} // namespace

void open_session(const api_parts& with, const http::request& asked, http::responder respond) {
  about(with, asked, std::move(respond))->open(asked.query);
}

void show_session(const api_parts& with, const http::request& asked, http::responder respond) {
  about(with, asked, std::move(respond))->show();
}

void submit_evidence(const api_parts& with, const http::request& asked, http::responder respond) {
  about(with, asked, std::move(respond))->submit();
}

void erase_session(const api_parts& with, const http::request& asked, http::responder respond) {
  about(with, asked, std::move(respond))->erase();
}

} // namespace troth::services
