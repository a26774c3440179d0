#pragma once

#include "shared/atls/attester.hpp"
#include "shared/atls/handshake.hpp"
#include "shared/atls/tls_settings.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace troth::atls {

/// Who is on the other side, and what became of its report.
struct peer {
  tls_peer tls;
  std::string address;      ///< `ADDRESS:PORT`
  bool is_attested = false; ///< The mode demanded its report, and it was judged.
  appraised verdict;        ///< If it was.
};

/// Attesting again while the connection lives. Both sides must want it: see `renewing`.
struct renewal_settings {
  renewing is = renewing::never;
  /// How long after its last proof the peer must prove itself again; 0: when we say so only.
  std::chrono::milliseconds every{0};
  /// How long that may take, before the connection is closed.
  std::chrono::milliseconds deadline{std::chrono::seconds{30}};
};

/// What a connection needs, beside TLS.
struct settings {
  mode attest = mode::mutual;     ///< Both sides must demand the same.
  std::shared_ptr<attester> with; ///< Not null, but for `mode::none`.
  bytes policies;                 ///< For the appraisal of the peer; empty: the verifier's own.
  report::encoding encode_as = report::encoding::cbor;
  std::size_t max_report_bytes = std::size_t{16} * 1024 * 1024;
  /// Of all of it: connecting, the TLS handshake, and both attestations.
  std::chrono::milliseconds deadline{std::chrono::seconds{10}};
  /// Called with each verdict on a peer, whatever it says: before the connection is there, and at
  /// each renewal.
  std::function<void(const peer&)> on_verdict = {};
  /// Whose key must have signed the peer's evidence: one of `appraised::signers`. Empty: that of
  /// any machine which passes, so that another good one may stand in for the one we mean.
  std::string signer = {};
  renewal_settings renewal = {};
};

/// Refuses what would be taken for "everybody is trusted".
/// @returns `missing` for a mode that needs an attester, without one; `conflict` for a signer where
///          the peer proves nothing.
result<void> check(const settings& given, side ours);

/// Returns nothing if we go on with the peer; else `untrusted`.
result<void> accept(const settings& with, const appraised& verdict);

} // namespace troth::atls
