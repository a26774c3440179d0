#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/key.hpp"

#include <memory>
#include <string>
#include <vector>

struct X509_req_st; // OpenSSL's X509_REQ

namespace troth::crypto {

/// Whom the certificate is to be about that is asked for.
struct request_content {
  std::string common_name;               ///< At most 64 characters, UTF-8; empty: left out.
  std::vector<std::string> dns_names;    ///< As `is_host_name` has them.
  std::vector<std::string> ip_addresses; ///< In text, of either version.
};

/// A certificate signing request that lacks its signature. It is made in two steps, since the key
/// may be one that only somebody else can sign with, who answers later.
class signing_request {
public:
  /// Makes a request for `key`, with the names as subjectAltName.
  ///
  /// @returns `malformed` for a name or an address that is none, or no name at all; `unsupported`
  /// for another key than
  ///          RSA and of P-256, P-384.
  /// @see RFC 2986, section 4; RFC 2985, section 5.4.2 (extensionRequest)
  static result<signing_request> make(const request_content& content, const public_key& key);

  /// Returns what the key is to sign: SHA-256 over the request, with P-384 SHA-384.
  const digest& to_be_signed() const noexcept { return digest_; }

  /// Adds the signature.
  ///
  /// @param signature ECDSA in DER, or RSASSA-PSS whose salt is as long as the digest.
  /// @returns the request in DER, PKCS #10; `bad_signature` if the key did not sign it so.
  /// @see RFC 5758, section 3.2 (ECDSA); RFC 4055, section 3.1 (RSASSA-PSS)
  result<bytes> sign(byte_view signature) &&;

private:
  signing_request(std::shared_ptr<X509_req_st> request, digest over);

  std::shared_ptr<X509_req_st> request_;
  digest digest_;
};

} // namespace troth::crypto
