#include "shared/crypto/shown_certificate.hpp"

#include "shared/crypto/openssl.hpp"

namespace troth::crypto {

result<certificate> read_shown_certificate(const x509_st* from) {
  const auto der = from != nullptr ? openssl::der_of(from, i2d_X509) : bytes{};
  if (der.empty())
    return error{errc::malformed, "certificate"};
  return certificate::from_der(der);
}

} // namespace troth::crypto
