#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace troth::crypto {

inline constexpr std::size_t max_certificate_request_bytes = std::size_t{16} * 1024;
inline constexpr std::size_t max_requested_names = 64; ///< Alternative names, of all kinds.

/// What somebody asks a CA to certify a TLS key for: signed by that very key, which is of a kind
/// and strength that we certify. There is none that asks to be more than a host.
class certificate_request {
public:
  /// Reads a PKCS #10 request and nothing behind it.
  ///
  /// @returns `malformed`, also for an attribute or extension that occurs twice and for names that
  ///          are none; `trailing`; `too_large` for it, too many or too long names;
  ///          `bad_signature`; `weak` for an RSA key below 2048 bits or of an exponent below 65537,
  ///          and for a signature over SHA-1 or MD5; `unsupported` for other keys than P-256,
  ///          P-384, RSA-2048 and RSA-3072, and other signatures; `forbidden` for a CA, for key
  ///          usages beyond those of TLS, for alternative names of other kinds than host names and
  ///          addresses, wildcards, attributes of the subject but one common name, and any other
  ///          attribute or extension; `missing` for one without any name.
  /// @note Whether it may have these names is for the CA.
  /// @see RFC 2986, section 4; RFC 2985, section 5.4.2; RFC 5280, section 4.2.1
  static result<certificate_request> from_der(byte_view der);

  const public_key& key() const noexcept { return key_; }

  // In lower case.
  const std::string& common_name() const noexcept { return common_name_; } ///< Empty: none.
  const std::vector<std::string>& dns_names() const noexcept { return dns_names_; }
  /// In text; IPv6 in full.
  const std::vector<std::string>& ip_addresses() const noexcept { return ip_addresses_; }

private:
  struct reading;
  explicit certificate_request(public_key key) : key_(std::move(key)) {
    // nop
  }

  public_key key_;
  std::string common_name_;
  std::vector<std::string> dns_names_;
  std::vector<std::string> ip_addresses_;
};

} // namespace troth::crypto
