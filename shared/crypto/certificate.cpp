#include "shared/crypto/certificate.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/certificate_library.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/openssl.hpp"
#include "shared/crypto/pem_block.hpp"
#include "shared/crypto/x509_values.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace troth::crypto {

using namespace openssl;

struct certificate::parts {
  bytes der;
  x509 object;
  digest sum;
  public_key key;
};

namespace {

using general_names = owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using key_usages = owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;

constexpr std::size_t max_certificate_bytes = std::size_t{64} * 1024;

byte_view view_of(const ASN1_STRING* string) {
  return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

bool is_printable(byte_view text) {
  return std::ranges::all_of(text, [](auto byte) { return byte > 0x20 && byte < 0x7f; });
}

/// Returns the contents of the alternative names of one type, such as `GEN_DNS`.
std::vector<bytes> alternative_names(const X509* object, int type) {
  const error_queue errors;
  const general_names names{
    static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(object, NID_subject_alt_name, nullptr, nullptr))};
  std::vector<bytes> out;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int kind = -1;
    const auto* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind);
    if (kind == type)
      out.push_back(copy(view_of(static_cast<const ASN1_STRING*>(value))));
  }
  return out;
}

std::vector<std::string> printable_texts(const std::vector<bytes>& names) {
  std::vector<std::string> out;
  for (const auto& name : names)
    if (is_printable(name))
      out.push_back(to_text(name));
  return out;
}

/// Returns the first attribute of this kind, in UTF-8; nothing if there is none.
std::string attribute_of(const X509_NAME* name, int nid) {
  const error_queue errors;
  const auto at = X509_NAME_get_index_by_NID(name, nid, -1);
  if (at < 0)
    return {};
  unsigned char* text = nullptr;
  const auto size = ASN1_STRING_to_UTF8(&text,
                                        X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0)
    return {};
  auto out = to_text({text, static_cast<std::size_t>(size)});
  OPENSSL_free(text);
  return out;
}

/// Returns the certificate that begins there, and its size; null if there is none.
std::pair<x509, std::size_t> read_certificate(byte_view der, OSSL_LIB_CTX* library) {
  const auto* at = der.data();
  auto* filled = X509_new_ex(library, nullptr);
  const auto good = d2i_X509(&filled, &at, static_cast<long>(der.size())) != nullptr;
  x509 object{filled}; // null now, unless good
  return {std::move(object), good ? static_cast<std::size_t>(at - der.data()) : 0};
}

} // namespace

certificate::certificate(std::shared_ptr<const parts> of) : parts_(std::move(of)) {
  // nop
}

result<certificate> certificate::from_der(byte_view der) {
  const error_queue errors;
  if (der.size() > max_certificate_bytes)
    return error{errc::too_large, "certificate: " + std::to_string(der.size()) + " bytes"};
  auto [object, size] = read_certificate(der, point_library());
  if (object && !public_key::is_point(X509_get_X509_PUBKEY(object.get())))
    std::tie(object, size) = read_certificate(der, certificate_library());
  if (!object)
    return error{errc::malformed, "certificate: " + error_queue::reason()};
  if (size != der.size())
    return error{errc::trailing, "certificate"};
  if ((X509_get_extension_flags(object.get()) & EXFLAG_INVALID) != 0)
    return error{errc::malformed, "certificate: an extension is broken or occurs twice"};
  auto key = public_key::from_x509(X509_get_X509_PUBKEY(object.get()));
  if (!key)
    return key.error();
  if (key->get() != nullptr && X509_get0_pubkey(object.get()) == nullptr)
    X509_set_pubkey(object.get(), key->get()); // for OpenSSL to verify paths with
  return certificate{std::make_shared<const parts>(
    parts{copy(der), std::move(object), hash(hash_algorithm::sha256, der), *std::move(key)})};
}

result<std::vector<certificate>> certificate::from_pem(std::string_view pem) {
  const auto blocks = read_pem(pem, "CERTIFICATE");
  if (!blocks)
    return blocks.error();
  std::vector<certificate> out;
  for (const auto& block : *blocks) {
    auto read = from_der(block);
    if (!read)
      return read.error();
    out.push_back(*std::move(read));
  }
  return out;
}

const bytes& certificate::der() const noexcept {
  return parts_->der;
}

std::string certificate::pem() const {
  return write_pem("CERTIFICATE", der());
}

const digest& certificate::sha256() const noexcept {
  return parts_->sum;
}

const public_key& certificate::key() const noexcept {
  return parts_->key;
}

x509_st* certificate::get() const noexcept {
  return parts_->object.get();
}

std::string certificate::subject() const {
  return text_of_name(X509_get_subject_name(get()));
}

std::string certificate::issuer() const {
  return text_of_name(X509_get_issuer_name(get()));
}

std::string certificate::subject_common_name() const {
  return attribute_of(X509_get_subject_name(get()), NID_commonName);
}

std::string certificate::subject_organization() const {
  return attribute_of(X509_get_subject_name(get()), NID_organizationName);
}

std::string certificate::serial() const {
  const auto* number = X509_get0_serialNumber(get());
  auto digits = hex(view_of(number));
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty())
    return "0";
  return (ASN1_STRING_type(number) == V_ASN1_NEG_INTEGER ? "-" : "") + digits;
}

time_point certificate::not_before() const {
  return time_of(X509_get0_notBefore(get()));
}

time_point certificate::not_after() const {
  return time_of(X509_get0_notAfter(get()));
}

bool certificate::is_self_issued() const {
  return X509_NAME_cmp(X509_get_subject_name(get()), X509_get_issuer_name(get())) == 0;
}

bool certificate::is_ca() const {
  const error_queue errors;
  constexpr int basic_constraints_say_so = 1;
  return X509_check_ca(get()) == basic_constraints_say_so;
}

std::vector<std::string> certificate::extended_key_usages() const {
  const error_queue errors;
  const key_usages usages{
    static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(get(), NID_ext_key_usage, nullptr, nullptr))};
  std::vector<std::string> out;
  out.reserve(static_cast<std::size_t>(std::max(sk_ASN1_OBJECT_num(usages.get()), 0)));
  for (int i = 0; i < sk_ASN1_OBJECT_num(usages.get()); ++i)
    out.push_back(dotted(sk_ASN1_OBJECT_value(usages.get(), i)));
  return out;
}

std::vector<std::string> certificate::policies() const {
  const error_queue errors;
  const owned<CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free> policies{
    static_cast<CERTIFICATEPOLICIES*>(
      X509_get_ext_d2i(get(), NID_certificate_policies, nullptr, nullptr))};
  std::vector<std::string> out;
  for (int i = 0; i < sk_POLICYINFO_num(policies.get()); ++i)
    out.push_back(dotted(sk_POLICYINFO_value(policies.get(), i)->policyid));
  return out;
}

std::vector<std::string> certificate::dns_names() const {
  return printable_texts(alternative_names(get(), GEN_DNS));
}

std::vector<std::string> certificate::uris() const {
  return printable_texts(alternative_names(get(), GEN_URI));
}

std::vector<std::string> certificate::ip_addresses() const {
  std::vector<std::string> out;
  for (const auto& address : alternative_names(get(), GEN_IPADD))
    if (auto text = ip_text(address); !text.empty())
      out.push_back(std::move(text));
  return out;
}

result<void> certificate::verify_signature(const public_key& issuer) const {
  const error_queue errors;
  if (issuer.get() == nullptr || X509_verify(get(), issuer.get()) != 1)
    return error{errc::bad_signature, "certificate of " + subject()};
  return {};
}

std::vector<extension> certificate::extensions() const {
  std::vector<extension> out;
  for (int i = 0; i < X509_get_ext_count(get()); ++i) {
    auto* found = X509_get_ext(get(), i);
    out.push_back({dotted(X509_EXTENSION_get_object(found)),
                   X509_EXTENSION_get_critical(found) == 1,
                   copy(view_of(X509_EXTENSION_get_data(found)))});
  }
  return out;
}

} // namespace troth::crypto
