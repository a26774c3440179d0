#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"
#include "shared/device/tpm.hpp"
#include "shared/report/report.hpp"

#include <cstdint>
#include <optional>

namespace troth::device {

/// What an authority needs to know before it certifies an attestation key.
struct certification_request {
  bytes ek_certificate; ///< DER.
  bytes ek_public;      ///< TPMT_PUBLIC.
  bytes ak_public;      ///< TPMT_PUBLIC.
};

/// What it answers: of use to the one TPM that holds both keys, and to nobody else.
struct certification {
  bytes id_object;           ///< TPM2B_ID_OBJECT.
  bytes encrypted_secret;    ///< TPM2B_ENCRYPTED_SECRET.
  bytes sealed_certificates; ///< PEM, the key's own first, sealed under the secret beside its Name.
};

/// When an anchor wants its key certified.
enum class renewal : std::uint8_t { when_due, now };

/// Whether an anchor's collateral has what its vendor says of it, or the verifier finds that
/// itself.
enum class endorsements : std::uint8_t { carried, left_out };

/// The port to a trust anchor: what signs evidence about the machine it is in. One caller at a
/// time; every call may block.
class anchor {
public:
  virtual ~anchor() = default;

  /// Returns what helps to judge the evidence, with the logs as they stand now.
  /// @returns `unavailable` while the anchor's key is not certified; `io`.
  virtual result<report::collateral> collateral() = 0;

  /// Signs `nonce`, and what the registers hold.
  /// @param nonce 1 to 64 bytes.
  /// @returns `conflict` if the registers no longer are what the logs of the last collateral lead
  ///          to: ask for both again; `malformed` for such a nonce; `unavailable`, `io`.
  virtual result<report::evidence> evidence(byte_view nonce) = 0;

  /// Measures a container that is about to be started: into the log of those that the next
  /// collateral has, and, where there are registers, into one of them. One that is in the log
  /// already is there once.
  /// @returns the event as it is logged; `unsupported` if this anchor keeps no such log; as
  ///          `container_event`; `exhausted`, `io`.
  virtual result<report::component> measure(const report::component& container);

  /// Makes a key for TLS that cannot leave the anchor, and does not keep it.
  /// @param kind P-256, P-384, RSA 2048 or RSA 3072.
  /// @returns `unsupported` if this anchor makes no keys, or none of that kind; `io`.
  virtual result<key_blob> make_tls_key(crypto::key_kind kind);

  /// Says that a key of `make_tls_key` is in this anchor, by the key that signs its evidence.
  /// @param nonce 1 to 64 bytes.
  /// @returns `conflict` if it is another anchor's; `malformed` for such a nonce or what is no key;
  ///          `unavailable` while the anchor's own key is not certified; `unsupported`, `io`.
  virtual result<signed_certification> certify_tls_key(const key_blob& key, byte_view nonce);

  /// Signs with a key of `make_tls_key`: ECDSA in DER, or RSASSA-PSS whose salt is as long as the
  /// digest.
  /// @returns `conflict` if it is another anchor's; `malformed`, `unsupported`, `io`.
  virtual result<bytes> sign(const key_blob& key, const digest& of);

  /// Checks that collateral and evidence could be had now.
  /// @returns as they do.
  virtual result<void> check() = 0;

  /// Returns what is to be certified; nothing if there is no need, now, or never.
  virtual result<std::optional<certification_request>> wanted_certification(renewal when) = 0;

  /// Takes what was asked for.
  /// @returns `conflict` if it is not for this anchor; `malformed` if it is no certificate of the
  ///          key; `io` if it cannot be kept.
  virtual result<void> certify(const certification& answer) = 0;
};

} // namespace troth::device
