#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/crypto/key.hpp"
#include "shared/device/esys.hpp"
#include "shared/device/tpm.hpp"

#include <cstddef>
#include <list>
#include <optional>

namespace troth::device::esys {

/// The TLS keys of one connection. Those used last stay loaded, so that to sign with one is a
/// single command. One that had to go, since there was no room for all, comes back with one command
/// more: its context is kept here, so that its parent is not needed again.
class tls_keys {
public:
  explicit tls_keys(const connection& at) noexcept : at_(&at) {
    // nop
  }

  /// @param beside how many objects of others are loaded on this connection.
  /// @see `tpm::certify_tls_key`
  result<signed_certification> certify(const key_blob& key, const handle& attestation_key,
                                       byte_view nonce, std::size_t beside);

  /// @see `tpm::sign`
  result<bytes> sign(const key_blob& key, const digest& of, std::size_t beside);

  /// Flushes keys until `count` more objects fit into the TPM, if it holds no more than it must.
  void make_room(std::size_t count, std::size_t beside);

  /// Flushes the key that was not used for longest. @returns false if none is loaded.
  bool flush_one();

private:
  struct entry {
    digest id; // of the blob
    crypto::public_key half;
    std::optional<TPMS_CONTEXT> context; // none: it could not be saved
    std::optional<handle> loaded;
  };

  result<entry*> open(const key_blob& key, std::size_t beside);
  result<void> load_anew(entry& which, const key_blob& key, std::size_t beside);
  bool load_context(entry& which, std::size_t beside);
  result<bytes> sign_ecdsa(const entry& with, const digest& of) const;
  result<bytes> sign_rsa(const entry& with, const digest& of) const;
  std::size_t count_loaded() const;

  const connection* at_;
  std::list<entry> entries_; // the one used last first
};

/// Makes a key for TLS under the storage root key. @see `tpm::create_tls_key`
result<key_blob> create_tls_key(const connection& at, crypto::key_kind kind);

} // namespace troth::device::esys
