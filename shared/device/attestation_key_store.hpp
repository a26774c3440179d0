#pragma once

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/device/tpm.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace troth::device {

/// Keeps an attestation key and its certificates in a folder, for the next start.
class attestation_key_store {
public:
  explicit attestation_key_store(std::filesystem::path folder) : folder_(std::move(folder)) {
    // nop
  }

  /// @returns the key; `not_found`; `malformed`, `trailing` if it is no key; `io`.
  result<key_blob> key() const;

  /// Replaces the key; the certificates were those of the old one, and go.
  result<void> set_key(const key_blob& key) const;

  /// @returns the certificates, the key's own first; `not_found`; `malformed` if they are not those
  ///          of `key`.
  result<std::vector<crypto::certificate>> certificates(const key_blob& key) const;

  /// Keeps certificates.
  /// @returns `malformed` if they are not those of `key` or not for an attestation key.
  result<std::vector<crypto::certificate>> set_certificates(const key_blob& key,
                                                            std::string_view pem) const;

private:
  std::filesystem::path folder_;
};

/// Returns what the key signs with; `malformed` if it is neither.
result<key_algorithm> algorithm_of(const key_blob& key);

/// Returns whether two thirds of the certificate's life are over: time to ask for the next one,
/// with time left to ask again.
bool is_due_for_renewal(const crypto::certificate& certificate, time_point now);

} // namespace troth::device
