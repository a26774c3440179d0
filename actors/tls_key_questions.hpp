#pragma once

#include "actors/key_keeper.hpp"
#include "actors/tls_key_enrolment.hpp"
#include "shared/protocol/ask.hpp"
#include "shared/protocol/deadline.hpp"
#include "shared/protocol/error.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace troth::actors {

/// On whose behalf others are asked, and when nobody waits for their answers any more.
struct tls_key_patience {
  protocol::request_context of;
  std::uint64_t deadline_ms; ///< Unix time.
};

/// How an actor asks those whom a TLS key needs.
template <class Self>
class tls_key_questions {
public:
  tls_key_questions(Self* self, std::shared_ptr<const key_keeper_ports> ports,
                    tls_key_patience within)
    : self_(self), ports_(std::move(ports)), within_(std::move(within)) {
    // nop
  }

  static tls_key_enrolment::questions
  make(Self* self, std::shared_ptr<const key_keeper_ports> ports, tls_key_patience within) {
    using namespace std::chrono_literals;
    using namespace protocol;
    const tls_key_questions by{self, std::move(ports), std::move(within)};
    const auto& to = *by.ports_;
    return {
      // A TPM may look for primes for a minute.
      [by, &to](const std::string& algorithm, auto then) {
        by.ask<anchor_key>(to.driver, "driver", 90s, std::move(then), make_key_atom::value,
                           algorithm);
      },
      [by, &to](auto then) {
        by.ask<challenge>(to.est, "est", 30s, std::move(then), challenge_atom::value);
      },
      [by, &to](const bytes& nonce, auto then) {
        by.ask<payload>(to.reports, "prover", 60s, std::move(then), report_atom::value,
                        attest_request{to_blob(nonce), "cbor", {}, by.within_.deadline_ms});
      },
      [by, &to](const anchor_key& key, const bytes& nonce, auto then) {
        by.ask<key_certification>(to.driver, "driver", 30s, std::move(then),
                                  certify_key_atom::value, key, to_blob(nonce));
      },
      [by, &to](const anchor_key& key, const digest& of, auto then) {
        by.ask<blob>(to.driver, "driver", 30s, std::move(then), sign_atom::value, key,
                     std::string{name(of.algorithm())}, to_blob(of.view()));
      },
      // It has a verifier appraise the report first.
      [by, &to](key_enrol_request&& request, auto then) {
        by.ask<payload>(to.est, "est", 60s, std::move(then), enrol_atom::value, std::move(request));
      },
    };
  }

private:
  /// Asks as long as both it and who waits for it have time. Never answers at once.
  template <class Answer, class Handle, class... Ts>
  void ask(const Handle& whom, const char* peer, std::chrono::seconds most,
           tls_key_enrolment::answer<Answer> then, Ts&&... what) const {
    const auto left = protocol::time_left(within_.deadline_ms, ports_->now(), most);
    protocol::ask<Answer>(
      self_, whom, std::max(left, std::chrono::milliseconds{1}),
      [then](Answer& given) { then(std::move(given)); },
      [then, peer](const caf::error& why) { then(protocol::from_peer(why, peer)); },
      std::forward<Ts>(what)..., within_.of);
  }

  Self* self_;
  std::shared_ptr<const key_keeper_ports> ports_;
  tls_key_patience within_;
};

} // namespace troth::actors
