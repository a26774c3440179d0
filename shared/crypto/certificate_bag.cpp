#include "shared/crypto/certificate_bag.hpp"

#include "shared/crypto/openssl.hpp"

#include <openssl/pkcs7.h>

namespace troth::crypto {

using namespace openssl;

bytes certificate_bag(std::span<const certificate> certificates) {
  const error_queue errors;
  const owned<PKCS7, PKCS7_free> made{PKCS7_new()};
  PKCS7_set_type(made.get(), NID_pkcs7_signed);
  // Data, and none of it.
  made->d.sign->contents->type = OBJ_nid2obj(NID_pkcs7_data);
  for (const auto& each : certificates)
    PKCS7_add_certificate(made.get(), each.get());
  return der_of(made.get(), i2d_PKCS7);
}

} // namespace troth::crypto
