#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/key.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct x509_st; // OpenSSL's X509

namespace troth::crypto {

namespace eku { // extended key usages, as dotted OIDs: one role each
inline constexpr std::string_view server_auth = "1.3.6.1.5.5.7.3.1";
inline constexpr std::string_view client_auth = "1.3.6.1.5.5.7.3.2";
inline constexpr std::string_view code_signing = "1.3.6.1.5.5.7.3.3"; ///< Signers of metadata.
inline constexpr std::string_view ocsp_signing = "1.3.6.1.5.5.7.3.9"; ///< Signers of status.
inline constexpr std::string_view tpm_ek = "2.23.133.8.1";
inline constexpr std::string_view tpm_ak = "2.23.133.8.3";
} // namespace eku

struct extension {
  std::string oid;
  bool critical;
  bytes value;
};

/// One X.509 certificate. Cheap to copy. Parsed, not verified.
class certificate {
public:
  /// Reads one certificate and nothing behind it.
  /// @returns `malformed`, `trailing`, `too_large` above 64 KiB.
  static result<certificate> from_der(byte_view der);

  /// Reads every `CERTIFICATE` block of a PEM text, one at least.
  /// @returns `malformed`, also if there is none; `trailing`, `too_large`.
  static result<std::vector<certificate>> from_pem(std::string_view pem);

  const bytes& der() const noexcept;
  std::string pem() const;
  const digest& sha256() const noexcept; ///< Over the DER.
  const public_key& key() const noexcept;

  std::string subject() const;              ///< RFC 4514.
  std::string issuer() const;               ///< RFC 4514.
  std::string subject_common_name() const;  ///< The first; empty: none.
  std::string subject_organization() const; ///< Likewise.
  std::string serial() const; ///< Lower-case hex, no leading zeros, `-` in front of a negative one.
  time_point not_before() const;
  time_point not_after() const;
  bool is_self_issued() const;
  bool is_ca() const; ///< basicConstraints says so, and keyUsage lets it.
  std::vector<std::string> extended_key_usages() const; ///< Dotted OIDs; empty: no such extension.
  /// Returns the OIDs in certificatePolicies, dotted. @note Policy constraints of CAs are not
  /// looked at.
  std::vector<std::string> policies() const;
  std::vector<std::string> dns_names() const;    ///< Without those that hold a control character.
  std::vector<std::string> uris() const;         ///< Likewise.
  std::vector<std::string> ip_addresses() const; ///< In text; IPv6 in full.
  std::vector<extension> extensions() const;

  /// Checks that `issuer` signed this certificate, and nothing else: no name, no time, no right
  /// to issue. A path is found and checked by `verify_chain`.
  /// @returns `bad_signature`.
  result<void> verify_signature(const public_key& issuer) const;

  x509_st* get() const noexcept; ///< For this room only.

private:
  struct parts;
  explicit certificate(std::shared_ptr<const parts> of);
  std::shared_ptr<const parts> parts_;
};

/// What a path must be for.
struct chain_requirements {
  time_point at;        ///< When every certificate on it must be valid.
  std::string_view eku; ///< The leaf must carry this; empty: none demanded.
};

/// Builds and checks a path from `leaf` over `intermediates` to one of `roots`.
///
/// @param roots each ends a path, also one that another CA issued; its own signature is not
///        looked at. Nothing else ends one.
/// @returns the path, leaf first, root last; `untrusted` if there is none, the leaf lacks
///          the EKU, or a CA on the way has EKUs and lacks it; `expired` if all that is
///          wrong is the time; `weak` for a key below 112 bits of strength or a SHA-1
///          signature; `too_large` above 16 intermediates.
/// @note A critical subjectAltName (EK certificates) is accepted. Revocation is not
///       looked at. Intermediates that lead nowhere are passed over.
/// @see RFC 5280, section 6
result<std::vector<certificate>>
verify_chain(const certificate& leaf, std::span<const certificate> intermediates,
             std::span<const certificate> roots, const chain_requirements& requirements);

/// The same from certificates as a message carries them: DER, leaf first. A copy of a root
/// among them costs nothing.
/// @returns as above; `missing` if there is none; what `certificate::from_der` returns.
result<std::vector<certificate>> verify_chain(std::span<const bytes> carried,
                                              std::span<const certificate> roots,
                                              const chain_requirements& requirements);

} // namespace troth::crypto
