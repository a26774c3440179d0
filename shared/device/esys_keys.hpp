#pragma once

#include "shared/device/esys.hpp"
#include "shared/device/tpm.hpp"

#include <cstdint>

namespace troth::device::esys {

/// The endorsement key, loaded or kept by the TPM.
struct open_endorsement {
  endorsement_key key;
  handle object;
  bool needs_policy; ///< It may be used through PolicySecret(endorsement) only.
};

/// Finds the first endorsement key that has a certificate, and makes it if need be.
/// @returns `no_endorsement` if none has; `io`.
result<open_endorsement> open_endorsement_key(const connection& at);

/// Makes a key under the storage root key.
/// @returns `conflict` if the TPM makes none of that form; `exhausted` if there is no room, `io`.
result<key_blob> create_key(const connection& at, const TPM2B_PUBLIC& form);

/// Loads what `create_key` made.
/// @returns `conflict` if it was not made by this TPM; `malformed`; `exhausted` if there is no
/// room,
///          `io`.
result<handle> load_key(const connection& at, const key_blob& key);

/// A key that the TPM keeps.
struct kept_key {
  handle object;
  bytes public_area; ///< TPMT_PUBLIC.
};

/// Opens a key that the TPM keeps.
/// @returns `not_found`, `io`.
result<kept_key> open_kept_key(const connection& at, std::uint32_t index);

/// Has the TPM keep a loaded key. @returns `io`, also if there is another already.
result<void> keep_key(const connection& at, const handle& key, std::uint32_t index);

/// @see `tpm::activate`
result<bytes> activate_credential(const connection& at, const handle& attestation_key,
                                  byte_view id_object, byte_view encrypted_secret);

} // namespace troth::device::esys
