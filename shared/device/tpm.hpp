#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"

#include <cstdint>
#include <vector>

namespace troth::device {

inline constexpr std::uint32_t pcr_count = 24; ///< PCRs of a PC's TPM are 0 to 23.

/// Registers of one bank: `indices` ascending, each below `pcr_count`, none twice.
struct pcr_set {
  hash_algorithm bank;
  std::vector<std::uint32_t> indices;

  friend bool operator==(const pcr_set&, const pcr_set&) = default;
};

/// What an attestation key signs with.
enum class key_algorithm : std::uint8_t { ecc_p256 = 1, rsa_2048 };

/// The key that says which TPM this is, and who made it.
struct endorsement_key {
  bytes certificate; ///< DER, the vendor's word for `public_area`.
  bytes public_area; ///< TPMT_PUBLIC.
};

/// An attestation key as it is kept outside of the TPM. Only the TPM that made it can use it.
struct key_blob {
  bytes public_area;  ///< TPMT_PUBLIC.
  bytes private_area; ///< TPM2B_PRIVATE: encrypted by the TPM.
};

struct signed_quote {
  bytes attest;    ///< TPMS_ATTEST.
  bytes signature; ///< TPMT_SIGNATURE.
};

/// A TPM's word that it holds a key.
struct signed_certification {
  bytes attest;    ///< TPMS_ATTEST of TPM2_Certify.
  bytes signature; ///< TPMT_SIGNATURE, by the attestation key.
};

/// The port to a TPM 2.0. One caller at a time; every call may block.
///
/// Any may return `io`: the TPM refused or is gone. After it a new connection is needed.
class tpm {
public:
  virtual ~tpm() = default;

  /// @returns the first endorsement key that has a certificate; `no_endorsement` if there is none.
  virtual result<endorsement_key> endorsement() = 0;

  /// Makes a restricted signing key that cannot leave the TPM. Does not load it.
  virtual result<key_blob> create_key(key_algorithm algorithm) = 0;

  /// Makes `key` the one that `activate` and `quote` use.
  /// @returns `conflict` if it is not of this TPM, or this TPM was cleared since.
  virtual result<void> load_key(const key_blob& key) = 0;

  /// Makes a key that the TPM keeps the one that `quote` uses.
  /// @param handle of a persistent object, 0x81000000 and up.
  /// @returns its TPMT_PUBLIC; `not_found`.
  virtual result<bytes> use_kept_key(std::uint32_t handle) = 0;

  /// Has the TPM keep the loaded key, and uses it from there.
  /// @returns `missing` if none is loaded.
  virtual result<void> keep_key(std::uint32_t handle) = 0;

  /// Opens a credential that was made for this endorsement key and the loaded key.
  /// @param id_object         TPM2B_ID_OBJECT.
  /// @param encrypted_secret  TPM2B_ENCRYPTED_SECRET.
  /// @returns the secret; `conflict` if it was made for other keys, or changed.
  virtual result<bytes> activate(byte_view id_object, byte_view encrypted_secret) = 0;

  /// @param nonce 1 to 64 bytes, which the quote carries as its extra data.
  virtual result<signed_quote> quote(byte_view nonce, const pcr_set& pcrs) = 0;

  /// Makes a key for TLS that cannot leave the TPM and signs what it is given. Does not load it.
  /// @param kind P-256, P-384, RSA 2048 or RSA 3072.
  /// @returns `unsupported` for another kind, or one that this TPM does not make.
  virtual result<key_blob> create_tls_key(crypto::key_kind kind) = 0;

  /// Has the loaded key say that `key`, of `create_tls_key`, is in the TPM.
  /// @param nonce 1 to 64 bytes, which the statement carries as its extra data.
  /// @returns `missing` if none is loaded; `conflict` if `key` is not of this TPM; `malformed`.
  virtual result<signed_certification> certify_tls_key(const key_blob& key, byte_view nonce) = 0;

  /// Signs with a key of `create_tls_key`: ECDSA in DER, or RSASSA-PSS whose salt is as long as the
  /// digest. The key stays loaded as long as there is room for it: the next signature costs one
  /// command.
  /// @returns `conflict` if `key` is not of this TPM; `malformed`; `unsupported` for a hash that
  /// the
  ///          TPM does not know.
  virtual result<bytes> sign(const key_blob& key, const digest& of) = 0;

  /// @returns a value for each index, in order; `not_found` if the bank is not active.
  virtual result<std::vector<digest>> read_pcrs(const pcr_set& pcrs) = 0;

  /// @returns the banks that this TPM extends, those of an algorithm we know.
  virtual result<std::vector<hash_algorithm>> active_banks() = 0;

  /// Extends one register, in each bank of which `values` has a digest.
  virtual result<void> extend(std::uint32_t pcr, const std::vector<digest>& values) = 0;

  /// @returns all that an NV index holds; `not_found`; `too_large` above 16 KiB.
  virtual result<bytes> read_nv(std::uint32_t index) = 0;

  /// Writes an NV index from its start, and defines it with that size if there is none: the owner
  /// may read and write it.
  /// @returns `too_large` for more than it holds, or above 16 KiB.
  virtual result<void> write_nv(std::uint32_t index, byte_view content) = 0;
};

} // namespace troth::device
