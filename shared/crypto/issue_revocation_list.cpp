#include "shared/crypto/issue.hpp"
#include "shared/crypto/issue_signature.hpp"
#include "shared/crypto/openssl.hpp"

#include <openssl/x509v3.h>

namespace troth::crypto {

using namespace openssl;

namespace {

using x509_crl = owned<X509_CRL, X509_CRL_free>;
using asn1_integer = owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using asn1_time = owned<ASN1_TIME, ASN1_TIME_free>;

asn1_time time_of(time_point when) {
  return asn1_time{ASN1_TIME_set(
    nullptr, std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count())};
}

void add_entry(X509_CRL* list, const bytes& serial, time_point when) {
  owned<X509_REVOKED, X509_REVOKED_free> entry{X509_REVOKED_new()};
  const bignum number{BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr)};
  const asn1_integer wanted{BN_to_ASN1_INTEGER(number.get(), nullptr)};
  X509_REVOKED_set_serialNumber(entry.get(), wanted.get());
  X509_REVOKED_set_revocationDate(entry.get(), time_of(when).get());
  X509_CRL_add0_revoked(list, entry.release());
}

} // namespace

result<bytes> issue_revocation_list(const revocation_content& content, const certificate& ca,
                                    const private_key& ca_key) {
  const error_queue errors;
  if (!(ca.key() == ca_key.public_half()))
    return error{errc::conflict, "revocation list to issue: the CA's key is another"};
  if (content.next_update <= content.this_update)
    return error{errc::malformed, "revocation list to issue: its period"};
  const x509_crl list{X509_CRL_new()};
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(ca.get()));
  X509_CRL_set1_lastUpdate(list.get(), time_of(content.this_update).get());
  X509_CRL_set1_nextUpdate(list.get(), time_of(content.next_update).get());
  for (const auto& serial : content.serials)
    add_entry(list.get(), serial, content.this_update);
  X509_CRL_sort(list.get());
  const auto context = signing_context(ca_key, content.signed_with);
  if (!context)
    return context.error();
  if (X509_CRL_sign_ctx(list.get(), context->get()) <= 0)
    return error{errc::internal, "revocation list to issue: " + error_queue::reason()};
  return der_of(list.get(), i2d_X509_CRL);
}

} // namespace troth::crypto
