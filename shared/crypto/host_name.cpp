#include "shared/crypto/host_name.hpp"

#include "shared/crypto/openssl.hpp"

#include <openssl/x509v3.h>

namespace troth::crypto {

bool is_issued_to(const certificate& holder, const std::string& host) {
  const openssl::error_queue errors;
  const openssl::owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> address{
    a2i_IPADDRESS(host.c_str())};
  if (address)
    return X509_check_ip(holder.get(), ASN1_STRING_get0_data(address.get()),
                         static_cast<std::size_t>(ASN1_STRING_length(address.get())), 0)
           == 1;
  constexpr unsigned strict = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
                              | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  return !host.empty()
         && X509_check_host(holder.get(), host.data(), host.size(), strict, nullptr) == 1;
}

} // namespace troth::crypto
