#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"

#include <cstdint>
#include <memory>
#include <string>

// Keys that a TPM keeps for people who sign: metadata, a status.

namespace troth::device {

/// How to reach such a key.
struct kept_key {
  std::string tcti;          ///< As `open_tpm` takes it.
  std::uint32_t handle = 0;  ///< A persistent one: 0x81000000 to 0x81FFFFFF.
  std::string authorization; ///< The key's password; empty: none.
};

/// A signing key in a TPM. One caller at a time; every call may block.
class signing_key {
public:
  virtual ~signing_key() = default;

  virtual const crypto::public_key& public_half() const noexcept = 0;

  /// Signs as `crypto::public_key::verify` reads it.
  /// @returns `unsupported` if the key is of another scheme; `forbidden` for a wrong password;
  /// `io`.
  virtual result<bytes> sign(signature_algorithm algorithm, byte_view message) = 0;
};

/// @returns `not_found` for a handle that nothing is at; `malformed` for one that is none, or a key
///          that signs only what the TPM has made; `unsupported` for other keys than RSA and of
///          P-256, P-384; `io`.
result<std::unique_ptr<signing_key>> open_signing_key(const kept_key& which);

/// Makes a key that cannot leave the TPM, and has the TPM keep it.
/// @param kind P-256, P-384 or RSA 2048.
/// @param seed makes it another key than the last: 32 random bytes.
/// @returns its public half; `conflict` if there is one at the handle; `unsupported`, `io`.
result<crypto::public_key> create_signing_key(const kept_key& which, crypto::key_kind kind,
                                              byte_view seed);

} // namespace troth::device
