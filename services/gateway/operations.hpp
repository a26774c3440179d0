#pragma once

#include "services/bridge.hpp"
#include "services/gateway/access.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/interfaces.hpp"
#include "shared/report/component.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace troth::services {

/// That somebody made, used, changed or gave up a TLS key, or was refused it.
struct key_use {
  std::string request; ///< Id.
  std::string caller;
  std::string action; ///< One of `protocol::tls_key_action`.
  std::string key;    ///< Its id, where there is one.
  std::string code;   ///< Stable, of an error; empty for a success.
};

/// What stands behind the gateway.
struct operation_parts {
  std::optional<protocol::prover_actor> provers; ///< None: no attestations.
  std::optional<protocol::verifier_actor> verifiers;
  std::optional<protocol::est_actor> est; ///< None: no metadata.
  const bridge* actors;
  std::function<time_point()> now;
  std::size_t max_report_bytes;
  std::chrono::seconds patience;                       ///< With provers and verifiers.
  std::function<void(const key_use&)> on_key_use = {}; ///< None: nobody is told.
};

/// Who asks, and under which ids that goes on to the processes behind the gateway.
struct origin {
  caller who;
  protocol::request_context context;
};

/// All that the gateway does, whatever door was used: so a right, a limit or a code is the same at
/// each. Any thread may call; an answer comes once, from any thread.
class operations {
public:
  template <class T>
  using answer = std::function<void(result<T>)>;

  explicit operations(operation_parts parts) : parts_(std::move(parts)) {
    // nop
  }

  bool has_provers() const noexcept { return parts_.provers.has_value(); }
  bool has_verifiers() const noexcept { return parts_.verifiers.has_value(); }
  bool has_est() const noexcept { return parts_.est.has_value(); }
  std::size_t max_report_bytes() const noexcept { return parts_.max_report_bytes; }

  // Besides what `protocol` says: `forbidden` for who may not; `not_found` if nobody is configured
  // who could; `unavailable` and `timeout` for who should and does not.

  void challenge(const origin& from, answer<protocol::challenge> then) const;

  /// Sets the request's deadline.
  void attest(const origin& from, protocol::attest_request asked,
              answer<protocol::payload> then) const;

  /// Sets the request's deadline.
  void appraise(const origin& from, protocol::appraisal_request asked,
                answer<protocol::payload> then) const;

  /// Asks what a peer's reports may leave out.
  void known(const origin& from, std::string peer, answer<protocol::known_items> then) const;

  /// Has a container measured, before it is started.
  void measure(const origin& from, const report::component& container,
               answer<protocol::payload> then) const;

  /// Makes, uses or gives up a TLS key of the machine. The caller is its owner; who has the role of
  /// an administrator manages all of them, and signs with none but its own. Sets the request's
  /// deadline.
  /// @returns besides: what `wire::check_signature_order` says.
  void tls_key(const origin& from, protocol::tls_key_request asked,
               answer<protocol::payload> then) const;

  /// Asks for the CA of such keys.
  void ca_certificates(const origin& from, answer<protocol::payload> then) const;

  /// Has the machine fetch `metadata` or `certificates` now.
  /// @returns besides: `unavailable` if it could not.
  void update(const origin& from, const std::string& what, answer<protocol::readiness> then) const;

  // Keys of result tokens are public: everybody may ask.
  void keys(const protocol::request_context& of, answer<protocol::payload> then) const;

  void policies(const origin& from, answer<protocol::payload> then) const;

  /// Shows or changes one; the author is the caller.
  void policy(const origin& from, protocol::policy_request asked,
              answer<protocol::payload> then) const;

  // What verifiers judge by, beside policies: reference values that they were given, whom they
  // trust, and how old what vendors say is.

  void references(const origin& from, answer<protocol::payload> then) const;

  /// Shows or changes some; the author is the caller.
  void reference(const origin& from, protocol::reference_request asked,
                 answer<protocol::payload> then) const;
  void anchors(const origin& from, answer<protocol::payload> then) const;
  void collateral(const origin& from, answer<protocol::payload> then) const;

  // Metadata that is handed out to machines.

  void metadata(const origin& from, protocol::metadata_request asked,
                answer<protocol::payload> then) const;

  /// Keeps the outcome of an appraisal, or asks for it: for who may appraise.
  void outcome(const origin& from, protocol::outcome_request asked,
               answer<protocol::payload> then) const;

  /// Returns how long a request may take, and until when one that begins now can be answered.
  std::chrono::milliseconds answer_time() const;
  time_point latest_answer() const { return parts_.now() + answer_time(); }

  /// Appraises a report under a policy that need not be active. Sets the request's deadline.
  void try_policy(const origin& from, protocol::appraisal_request asked,
                  answer<protocol::payload> then) const;

private:
  std::uint64_t deadline() const;
  answer<protocol::payload> noting_key_use(const origin& from,
                                           const protocol::tls_key_request& asked,
                                           answer<protocol::payload> then) const;

  /// Asks the verifiers, if there are any.
  template <class Answer, class... Ts>
  void ask_verifiers(const char* what, answer<Answer> then, Ts... message) const;

  const operation_parts parts_;
};

} // namespace troth::services
