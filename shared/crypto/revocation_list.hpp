#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

struct X509_crl_st; // OpenSSL's X509_CRL

namespace troth::crypto {

/// A list of certificates that their CA took back. Cheap to copy. Parsed, not verified.
class revocation_list {
public:
  /// Reads one list and nothing behind it.
  /// @returns `malformed`, also for an extension that is critical and unknown; `trailing`;
  ///          `too_large` above 1 MiB.
  static result<revocation_list> from_der(byte_view der);

  /// Checks that `issuer` made this list, and that it is in force.
  /// @returns `untrusted` if `issuer` has another name or may not sign lists; `bad_signature`;
  ///          `weak` for a SHA-1 signature; `expired` before thisUpdate, or from nextUpdate on;
  ///          `missing` if there is no nextUpdate.
  /// @see RFC 5280, section 5
  result<void> verify(const certificate& issuer, time_point at) const;

  /// Returns whether the list names that certificate of its issuer, by its serial number.
  bool names(const certificate& one) const;

  std::size_t count() const;  ///< Of the certificates it names.
  std::string issuer() const; ///< RFC 4514.
  time_point this_update() const;
  std::optional<time_point> next_update() const;
  const bytes& der() const noexcept;

private:
  struct parts;
  explicit revocation_list(std::shared_ptr<const parts> of);
  std::shared_ptr<const parts> parts_;
};

} // namespace troth::crypto
