#include "shared/crypto/signing_request.hpp"

#include "shared/crypto/hash.hpp"
#include "shared/crypto/host_name.hpp"
#include "shared/crypto/openssl.hpp"
#include "shared/crypto/signature.hpp"

#include <openssl/obj_mac.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <utility>

namespace troth::crypto {

using namespace openssl;

namespace {

using algorithm_identifier = owned<X509_ALGOR, X509_ALGOR_free>;
using general_names = owned<GENERAL_NAMES, GENERAL_NAMES_free>;

error malformed_request(const std::string& what) {
  return {errc::malformed, "certificate request: " + what};
}

/// Adds an alternative name. @param value is taken over; null: it could not be read.
bool push_name(GENERAL_NAMES* to, int type, ASN1_STRING* value) {
  if (value == nullptr)
    return false;
  auto* name = GENERAL_NAME_new();
  GENERAL_NAME_set0_value(name, type, value);
  return sk_GENERAL_NAME_push(to, name) > 0;
}

ASN1_STRING* dns_name_of(const std::string& text) {
  auto* out = ASN1_IA5STRING_new();
  ASN1_STRING_set(out, text.data(), static_cast<int>(text.size()));
  return out;
}

result<general_names> names_of(const request_content& content) {
  general_names out{GENERAL_NAMES_new()};
  for (const auto& name : content.dns_names)
    if (!is_host_name(name) || !push_name(out.get(), GEN_DNS, dns_name_of(name)))
      return malformed_request("DNS name");
  for (const auto& address : content.ip_addresses)
    if (address_bytes(address).empty()
        || !push_name(out.get(), GEN_IPADD, a2i_IPADDRESS(address.c_str())))
      return malformed_request("IP address");
  return out;
}

result<void> add_names_to(X509_REQ* request, const request_content& content) {
  const auto names = names_of(content);
  if (!names)
    return names.error();
  if (sk_GENERAL_NAME_num(names->get()) == 0)
    return {};
  X509_EXTENSIONS* list = nullptr;
  X509V3_add1_i2d(&list, NID_subject_alt_name, names->get(), 0, X509V3_ADD_DEFAULT);
  const auto added = X509_REQ_add_extensions(request, list) == 1;
  sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
  return added ? result<void>{} : malformed_request(error_queue::reason());
}

/// RSASSA-PSS with all parameters that are not the defaults, which are those of SHA-1.
algorithm_identifier pss_identifier(hash_algorithm hash) {
  const auto* md = message_digest(hash);
  const owned<RSA_PSS_PARAMS, RSA_PSS_PARAMS_free> parameters{RSA_PSS_PARAMS_new()};
  parameters->hashAlgorithm = X509_ALGOR_new();
  X509_ALGOR_set_md(parameters->hashAlgorithm, md);
  ASN1_STRING* packed = nullptr;
  ASN1_item_pack(parameters->hashAlgorithm, ASN1_ITEM_rptr(X509_ALGOR), &packed);
  parameters->maskGenAlgorithm = X509_ALGOR_new();
  X509_ALGOR_set0(parameters->maskGenAlgorithm, OBJ_nid2obj(NID_mgf1), V_ASN1_SEQUENCE, packed);
  parameters->saltLength = ASN1_INTEGER_new();
  ASN1_INTEGER_set(parameters->saltLength, static_cast<long>(digest_size(hash)));
  ASN1_STRING* all = nullptr;
  ASN1_item_pack(parameters.get(), ASN1_ITEM_rptr(RSA_PSS_PARAMS), &all);
  algorithm_identifier out{X509_ALGOR_new()};
  X509_ALGOR_set0(out.get(), OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE, all);
  return out;
}

algorithm_identifier ecdsa_identifier(hash_algorithm hash) {
  algorithm_identifier out{X509_ALGOR_new()};
  const auto nid = hash == hash_algorithm::sha384 ? NID_ecdsa_with_SHA384 : NID_ecdsa_with_SHA256;
  X509_ALGOR_set0(out.get(), OBJ_nid2obj(nid), V_ASN1_UNDEF, nullptr);
  return out;
}

bool is_for_tls(key_kind kind) {
  return kind == key_kind::rsa2048 || kind == key_kind::rsa3072 || kind == key_kind::rsa4096
         || kind == key_kind::p256 || kind == key_kind::p384;
}

} // namespace

signing_request::signing_request(std::shared_ptr<X509_req_st> request, digest over)
  : request_(std::move(request)), digest_(over) {
  // nop
}

result<signing_request> signing_request::make(const request_content& content,
                                              const public_key& key) {
  const error_queue errors;
  if (!is_for_tls(key.kind()) || key.get() == nullptr)
    return error{errc::unsupported,
                 "certificate request: a key of kind " + std::string{name(key.kind())}};
  const std::shared_ptr<X509_REQ> request{X509_REQ_new(), X509_REQ_free};
  const auto is_ec = key.kind() == key_kind::p256 || key.kind() == key_kind::p384;
  const auto hash = key.kind() == key_kind::p384 ? hash_algorithm::sha384 : hash_algorithm::sha256;
  const auto algorithm = is_ec ? ecdsa_identifier(hash) : pss_identifier(hash);
  if (content.common_name.empty() && content.dns_names.empty() && content.ip_addresses.empty())
    return malformed_request("no name");
  if (!content.common_name.empty()
      && X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request.get()), NID_commonName,
                                    MBSTRING_UTF8, to_bytes(content.common_name).data(),
                                    static_cast<int>(content.common_name.size()), -1, 0)
           != 1)
    return malformed_request("common name");
  if (X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1
      || X509_REQ_set_pubkey(request.get(), key.get()) != 1
      || X509_REQ_set1_signature_algo(request.get(), algorithm.get()) != 1)
    return malformed_request(error_queue::reason());
  if (const auto named = add_names_to(request.get(), content); !named)
    return named.error();
  return signing_request{request, crypto::hash(hash, der_of(request.get(), i2d_re_X509_REQ_tbs))};
}

result<bytes> signing_request::sign(byte_view signature) && {
  const error_queue errors;
  owned<ASN1_BIT_STRING, ASN1_BIT_STRING_free> value{ASN1_BIT_STRING_new()};
  ASN1_BIT_STRING_set(value.get(), const_cast<std::uint8_t*>(signature.data()), // copied from it
                      static_cast<int>(signature.size()));
  value->flags |= ASN1_STRING_FLAG_BITS_LEFT; // none of the last byte is unused
  X509_REQ_set0_signature(request_.get(), value.release());
  if (X509_REQ_verify(request_.get(), X509_REQ_get0_pubkey(request_.get())) != 1)
    return error{errc::bad_signature, "certificate request: not by its key"};
  return der_of(request_.get(), i2d_X509_REQ);
}

} // namespace troth::crypto
