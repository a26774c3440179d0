#include "shared/crypto/certificate_details.hpp"

#include "shared/crypto/openssl.hpp"

#include <openssl/x509v3.h>

#include <array>
#include <iterator>
#include <utility>

namespace troth::crypto {

using namespace openssl;

namespace {

std::string utf8(const ASN1_STRING* string) {
  unsigned char* text = nullptr;
  const auto size = ASN1_STRING_to_UTF8(&text, string);
  if (size < 0)
    return {};
  std::string out{text, text + size};
  OPENSSL_free(text);
  return out;
}

std::vector<std::string> attributes(const X509_NAME* name, int nid) {
  std::vector<std::string> out;
  for (auto at = X509_NAME_get_index_by_NID(name, nid, -1); at >= 0;
       at = X509_NAME_get_index_by_NID(name, nid, at))
    out.push_back(utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))));
  return out;
}

std::string last_attribute(const X509_NAME* name, int nid) {
  const auto all = attributes(name, nid);
  return all.empty() ? std::string{} : all.back();
}

name_attributes take_apart(const X509_NAME* name) {
  return {attributes(name, NID_countryName),
          attributes(name, NID_organizationName),
          attributes(name, NID_organizationalUnitName),
          attributes(name, NID_localityName),
          attributes(name, NID_stateOrProvinceName),
          attributes(name, NID_streetAddress),
          attributes(name, NID_postalCode),
          last_attribute(name, NID_serialNumber),
          last_attribute(name, NID_commonName)};
}

std::vector<std::string> key_usages(X509* object) {
  constexpr std::array names{
    std::pair{KU_DIGITAL_SIGNATURE, "Digital Signature"},
    std::pair{KU_NON_REPUDIATION, "Content Commitment"},
    std::pair{KU_KEY_ENCIPHERMENT, "Key Encipherment"},
    std::pair{KU_DATA_ENCIPHERMENT, "Data Encipherment"},
    std::pair{KU_KEY_AGREEMENT, "Key Agreement"},
    std::pair{KU_KEY_CERT_SIGN, "Cert Sign"},
    std::pair{KU_CRL_SIGN, "CRL Sign"},
    std::pair{KU_ENCIPHER_ONLY, "Encipher Only"},
    std::pair{KU_DECIPHER_ONLY, "Decipher Only"},
  };
  std::vector<std::string> out;
  if (X509_get_ext_by_NID(object, NID_key_usage, -1) < 0)
    return out;
  const auto bits = X509_get_key_usage(object);
  for (const auto& [bit, name] : names)
    if ((bits & static_cast<std::uint32_t>(bit)) != 0)
      out.emplace_back(name);
  return out;
}

std::string signature_algorithm_name(const X509* object) {
  int hash = NID_undef;
  int scheme = NID_undef;
  if (X509_get_signature_info(const_cast<X509*>(object), &hash, &scheme, nullptr, nullptr) != 1)
    return "Unknown";
  const std::string hash_name = hash == NID_sha1     ? "SHA1"
                                : hash == NID_sha256 ? "SHA256"
                                : hash == NID_sha384 ? "SHA384"
                                : hash == NID_sha512 ? "SHA512"
                                                     : "";
  switch (scheme) {
  case EVP_PKEY_EC:
    return "ECDSA-" + hash_name;
  case EVP_PKEY_RSA:
    return hash_name + "-RSA";
  case EVP_PKEY_RSA_PSS:
    return hash_name + "-RSAPSS";
  case EVP_PKEY_ED25519:
    return "Ed25519";
  default:
    return "Unknown";
  }
}

std::string key_algorithm_name(key_kind kind) {
  switch (kind) {
  case key_kind::rsa2048:
  case key_kind::rsa3072:
  case key_kind::rsa4096:
    return "RSA";
  case key_kind::p256:
  case key_kind::p384:
  case key_kind::p521:
    return "ECDSA";
  case key_kind::ed25519:
    return "Ed25519";
  case key_kind::other:
    break;
  }
  return "Unknown";
}

bytes octets(const ASN1_OCTET_STRING* string) {
  if (string == nullptr)
    return {};
  const auto* data = ASN1_STRING_get0_data(string);
  return {data, std::next(data, ASN1_STRING_length(string))};
}

} // namespace

certificate_details details_of(const certificate& certificate) {
  const error_queue errors;
  auto* object = certificate.get();
  certificate_details out{};
  out.version = static_cast<std::uint64_t>(X509_get_version(object)) + 1;
  out.issuer = take_apart(X509_get_issuer_name(object));
  out.subject = take_apart(X509_get_subject_name(object));
  out.key_usages = key_usages(object);
  out.signature_algorithm = signature_algorithm_name(object);
  out.public_key_algorithm = key_algorithm_name(certificate.key().kind());
  out.has_basic_constraints = X509_get_ext_by_NID(object, NID_basic_constraints, -1) >= 0;
  out.path_length = X509_get_pathlen(object);
  out.subject_key_id = octets(X509_get0_subject_key_id(object));
  out.authority_key_id = octets(X509_get0_authority_key_id(object));
  return out;
}

} // namespace troth::crypto
