#include "shared/crypto/certificate_bag.hpp"

#include "shared/crypto/openssl.hpp"

#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <string>

namespace troth::crypto {

using namespace openssl;

namespace {

constexpr int max_bag = 64;

} // namespace

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

result<std::vector<certificate>> read_certificate_bag(byte_view der) {
  const error_queue errors;
  const auto* at = der.data();
  const owned<PKCS7, PKCS7_free> read{d2i_PKCS7(nullptr, &at, static_cast<long>(der.size()))};
  if (!read || !PKCS7_type_is_signed(read.get()) || read->d.sign == nullptr)
    return error{errc::malformed, "PKCS #7: expected a SignedData"};
  if (at != der.data() + der.size())
    return error{errc::trailing, "PKCS #7"};
  const auto* const all = read->d.sign->cert;
  const auto count = sk_X509_num(all);
  if (count <= 0)
    return error{errc::missing, "PKCS #7: certificates"};
  if (count > max_bag)
    return error{errc::too_large, "PKCS #7: " + std::to_string(count) + " certificates"};
  std::vector<certificate> out;
  for (int n = 0; n < count; ++n) {
    auto made = certificate::from_der(der_of(sk_X509_value(all, n), i2d_X509));
    if (!made)
      return made.error();
    out.push_back(*std::move(made));
  }
  return out;
}

} // namespace troth::crypto
