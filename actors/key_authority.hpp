#pragma once

#include "actors/issued_keys.hpp"
#include "shared/appraisal/key_enrolment.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/key.hpp"
#include "shared/endorsement/key_names.hpp"
#include "shared/protocol/messages.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troth::actors {

/// Who certifies TLS keys.
struct key_ca {
  std::vector<crypto::certificate> chain; ///< Its own first.
  crypto::private_key key;
  std::vector<crypto::certificate> ak_cas; ///< Whose word it is what a machine is called.
};

/// What TLS keys are certified for, and how long.
struct key_rules {
  endorsement::key_names names;
  appraisal::wanted_verdict wanted = appraisal::wanted_verdict::success;
  bool takes_software_keys = true;
  std::chrono::seconds life = std::chrono::hours{24 * 30};
  std::chrono::seconds challenge_life = std::chrono::minutes{5};
  std::size_t max_challenges = 1024; ///< Open at a time.
};

/// Certifies the TLS keys of machines that a verifier lets pass: gives challenges, checks what
/// answers them, and issues. Whom it asks for the verdict is its caller's affair.
class key_authority {
public:
  struct ports {
    std::function<time_point()> now;
    std::function<result<bytes>(std::size_t)> random;
  };

  key_authority(key_ca keys, key_rules rules, issued_keys issued, ports outside)
    : keys_(std::move(keys)), rules_(std::move(rules)), issued_(std::move(issued)),
      outside_(std::move(outside)) {
    // nop
  }

  /// Gives a new challenge. @returns `exhausted` if too many are open; `io`.
  result<protocol::challenge> give_challenge();

  /// Takes a challenge back, for good.
  /// @returns its nonce; `no_challenge` if it was never given, was taken back, or has expired.
  result<bytes> take_challenge(const std::string& id);

  /// An enrolment for which only the verdict on its report is missing.
  struct candidate {
    crypto::certificate_request asked;
    protocol::blob nonce;  ///< That the report must answer.
    std::string machine;   ///< Empty: no certificate names it.
    std::string_view kind; ///< `tpm` or `sw`.
  };

  /// Checks all that does not need a verifier.
  /// @param challenge the nonce of the challenge that the request has taken back.
  /// @param report    the body of the request's.
  /// @returns what `crypto::certificate_request::from_der`, `appraisal::check_enrolment` and
  ///          `endorsement::key_names::check` return; `forbidden` for a key in a file where none
  ///          are taken; `missing` for a statement without a public area, or the other way round.
  result<candidate> examine(const protocol::key_enrol_request& request, const bytes& report,
                            const bytes& challenge) const;

  /// Issues the certificate, if the verifier says so.
  /// @param verdict what it said of the report for the candidate's nonce: JSON.
  /// @returns PEM, the leaf first, and then the CA's; what `appraisal::check_verdict`,
  ///          `crypto::issue` and `issued_keys::record` return; `expired` if the CA is.
  result<std::string> certify(const candidate& of, std::string_view verdict) const;

  /// Returns the CA's own certificates, PEM.
  std::string ca() const;

  /// Checks that the CA can issue now. @returns `expired`.
  result<void> check() const;

private:
  struct open_challenge {
    bytes nonce;
    time_point until;
  };

  key_ca keys_;
  key_rules rules_;
  issued_keys issued_;
  ports outside_;
  std::map<std::string, open_challenge> challenges_; // by id
};

} // namespace troth::actors
