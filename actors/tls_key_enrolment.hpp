#pragma once

#include "actors/tls_key_record.hpp"
#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/signing_request.hpp"
#include "shared/protocol/messages.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace troth::actors {

/// The making of one TLS key until it is certified: a part of a key keeper, run by its actor.
///
/// Nothing of it is kept anywhere before it is done: whatever fails leaves nothing behind.
class tls_key_enrolment {
public:
  template <class T>
  using answer = std::function<void(result<T>)>;

  /// How to ask others, since only an actor can. Each is answered exactly once, and not at once.
  struct questions {
    std::function<void(const std::string& algorithm, answer<protocol::anchor_key>)> make_key;
    std::function<void(answer<protocol::challenge>)> challenge;
    std::function<void(const bytes& nonce, answer<protocol::payload>)> report;
    std::function<void(const protocol::anchor_key&, const bytes& nonce,
                       answer<protocol::key_certification>)>
      certify;
    std::function<void(const protocol::anchor_key&, const digest&, answer<protocol::blob>)> sign;
    std::function<void(protocol::key_enrol_request&&, answer<protocol::payload>)> enrol;
  };

  /// @param id  of the key, kept when it is rotated.
  /// @param now of what is made.
  tls_key_enrolment(std::string id, tls_key_wish wish, time_point now, questions ask)
    : ask_(std::move(ask)) {
    made_.id = std::move(id);
    made_.as = std::move(wish);
    made_.created = now;
  }

  /// Calls `done` once, with the certified key, or what stood in its way. The enrolment may be
  /// destroyed in it.
  void run(answer<tls_key_record> done);

private:
  bool is_in_tpm() const { return made_.as.kind == tls_key_kind::tpm; }
  void make_in_file();
  void take_half(result<crypto::public_key> half);
  void answer_challenge(const protocol::challenge& given);
  void certify();
  void sign_request();
  void enrol(result<bytes> signature);
  void keep(const protocol::payload& certified);
  void finish(result<tls_key_record> outcome);

  template <class T, class Use>
  answer<T> then(Use use) {
    return [this, use](result<T> given) {
      if (given)
        use(*std::move(given));
      else
        finish(given.error());
    };
  }

  questions ask_;
  answer<tls_key_record> done_;
  tls_key_record made_;
  std::optional<crypto::public_key> half_;
  std::optional<crypto::signing_request> csr_;
  bytes nonce_;
  protocol::key_enrol_request request_;
};

} // namespace troth::actors
