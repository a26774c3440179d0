#include "shared/crypto/certificate_details.hpp"

#include "shared/crypto/openssl.hpp"

#include <openssl/x509v3.h>

#include <algorithm>

namespace troth::crypto {

using namespace openssl;

namespace {

using basic_constraints = owned<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using general_names = owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using bit_string = owned<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;

template <class Owned>
Owned extension_of(const X509* object, int nid) {
  return Owned{
    static_cast<typename Owned::pointer>(X509_get_ext_d2i(object, nid, nullptr, nullptr))};
}

bytes content_of(const ASN1_STRING* string) {
  if (string == nullptr)
    return {};
  return copy(
    {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))});
}

std::string utf8_of(const ASN1_STRING* string) {
  unsigned char* text = nullptr;
  const auto size = ASN1_STRING_to_UTF8(&text, string);
  if (size < 0)
    return {};
  auto out = to_text({text, static_cast<std::size_t>(size)});
  OPENSSL_free(text);
  return out;
}

void add_attribute(name_attributes& to, int nid, std::string value) {
  switch (nid) {
  case NID_countryName:
    return to.country.push_back(std::move(value));
  case NID_organizationName:
    return to.organization.push_back(std::move(value));
  case NID_organizationalUnitName:
    return to.organizational_unit.push_back(std::move(value));
  case NID_localityName:
    return to.locality.push_back(std::move(value));
  case NID_stateOrProvinceName:
    return to.province.push_back(std::move(value));
  case NID_streetAddress:
    return to.street_address.push_back(std::move(value));
  case NID_postalCode:
    return to.postal_code.push_back(std::move(value));
  case NID_serialNumber:
    to.serial_number = std::move(value);
    return;
  case NID_commonName:
    to.common_name = std::move(value);
    return;
  default:
    return;
  }
}

name_attributes attributes_of(const X509_NAME* name) {
  name_attributes out;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const auto* entry = X509_NAME_get_entry(name, i);
    add_attribute(out, OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)),
                  utf8_of(X509_NAME_ENTRY_get_data(entry)));
  }
  return out;
}

std::optional<hash_algorithm> hash_of(int nid) {
  switch (nid) {
  case NID_sha1:
    return hash_algorithm::sha1;
  case NID_sha256:
    return hash_algorithm::sha256;
  case NID_sha384:
    return hash_algorithm::sha384;
  case NID_sha512:
    return hash_algorithm::sha512;
  default:
    return std::nullopt;
  }
}

std::optional<signature_algorithm> algorithm_of(X509* object) {
  int hash_nid = NID_undef;
  int key_nid = NID_undef;
  if (X509_get_signature_info(object, &hash_nid, &key_nid, nullptr, nullptr) != 1)
    return std::nullopt;
  if (key_nid == NID_ED25519)
    return signature_algorithm{signature_scheme::eddsa, hash_algorithm::sha512};
  const auto hash = hash_of(hash_nid);
  if (!hash)
    return std::nullopt;
  switch (key_nid) {
  case NID_rsaEncryption:
    return signature_algorithm{signature_scheme::rsassa, *hash};
  case NID_rsassaPss:
    return signature_algorithm{signature_scheme::rsapss, *hash};
  case NID_X9_62_id_ecPublicKey:
    return signature_algorithm{signature_scheme::ecdsa, *hash};
  default:
    return std::nullopt;
  }
}

std::uint32_t key_usage_of(const X509* object) {
  constexpr int bits = 9; // RFC 5280, section 4.2.1.3
  const auto usage = extension_of<bit_string>(object, NID_key_usage);
  std::uint32_t out = 0;
  for (int bit = 0; usage && bit < bits; ++bit)
    if (ASN1_BIT_STRING_get_bit(usage.get(), bit) == 1)
      out |= 1U << bit;
  return out;
}

void read_basic_constraints(certificate_details& out, const X509* object) {
  const auto read = extension_of<basic_constraints>(object, NID_basic_constraints);
  if (!read)
    return;
  out.has_basic_constraints = true;
  out.claims_ca = read->ca != 0;
  std::uint64_t length = 0;
  if (read->pathlen != nullptr && ASN1_INTEGER_get_uint64(&length, read->pathlen) == 1)
    out.max_path_length = length;
}

std::vector<std::string> email_addresses_of(const X509* object) {
  const auto names = extension_of<general_names>(object, NID_subject_alt_name);
  std::vector<std::string> out;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int kind = -1;
    const auto* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind);
    if (kind != GEN_EMAIL)
      continue;
    auto text = to_text(content_of(static_cast<const ASN1_STRING*>(value)));
    if (std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; }))
      out.push_back(std::move(text));
  }
  return out;
}

} // namespace

certificate_details details_of(const certificate& from) {
  const error_queue errors;
  auto* object = from.get();
  certificate_details out;
  out.version = static_cast<std::uint64_t>(X509_get_version(object)) + 1;
  out.issuer = attributes_of(X509_get_issuer_name(object));
  out.subject = attributes_of(X509_get_subject_name(object));
  out.signed_with = algorithm_of(object);
  out.key_usage = key_usage_of(object);
  read_basic_constraints(out, object);
  out.subject_key_id = content_of(X509_get0_subject_key_id(object));
  out.authority_key_id = content_of(X509_get0_authority_key_id(object));
  out.email_addresses = email_addresses_of(object);
  return out;
}

} // namespace troth::crypto
