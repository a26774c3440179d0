#include "shared/crypto/issue.hpp"

#include "shared/crypto/hash.hpp"
#include "shared/crypto/issue_signature.hpp"
#include "shared/crypto/openssl.hpp"

#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace troth::crypto {

using namespace openssl;

namespace {

using asn1_integer = owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using asn1_time = owned<ASN1_TIME, ASN1_TIME_free>;
using bit_string = owned<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using octet_string = owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using x509_name = owned<X509_NAME, X509_NAME_free>;

constexpr std::size_t serial_bytes = 16;
constexpr std::size_t max_serial_bytes = 20;
constexpr std::size_t key_identifier_bytes = 20;

enum class criticality { critical, ignorable };

error malformed(std::string what) {
  return {errc::malformed, "certificate to issue: " + std::move(what)};
}

/// Builds one certificate. The first fault sticks.
class builder {
public:
  builder() : x509_(X509_new()) { X509_set_version(x509_.get(), X509_VERSION_3); }

  X509* get() const { return x509_.get(); }
  const std::optional<error>& fault() const { return fault_; }

  void require(bool holds, std::string_view what) {
    if (!holds && !fault_)
      fault_ = malformed(std::string{what});
  }

  template <class Extension>
  void add(int nid, Extension* value, criticality critical) {
    require(X509_add1_ext_i2d(get(), nid, value, critical == criticality::critical ? 1 : 0, 0) == 1,
            OBJ_nid2ln(nid));
  }

private:
  x509 x509_;
  std::optional<error> fault_;
};

x509_name name_of(builder& out, const distinguished_name& name) {
  x509_name made{X509_NAME_new()};
  const auto add = [&](int nid, const std::string& value) {
    if (!value.empty())
      out.require(X509_NAME_add_entry_by_NID(made.get(), nid, MBSTRING_UTF8, to_bytes(value).data(),
                                             static_cast<int>(value.size()), -1, 0)
                    == 1,
                  "subject");
  };
  add(NID_organizationName, name.organization);
  add(NID_commonName, name.common_name);
  return made;
}

asn1_time time_of(builder& out, time_point when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
  asn1_time made{ASN1_TIME_set(nullptr, seconds)};
  out.require(made != nullptr, "time");
  return made;
}

void set_serial(builder& out, bytes serial) {
  if (serial.empty()) {
    serial.resize(serial_bytes);
    out.require(RAND_bytes(serial.data(), static_cast<int>(serial.size())) == 1, "randomness");
    serial.front()
      = static_cast<std::uint8_t>((serial.front() & 0x3f) | 0x40); // 16 bytes, positive
  }
  out.require(serial.size() <= max_serial_bytes && serial.front() < 0x80, "serial number");
  const bignum number{BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr)};
  const asn1_integer made{BN_to_ASN1_INTEGER(number.get(), nullptr)};
  X509_set_serialNumber(out.get(), made.get());
}

/// Whether `name` may stand in an IA5String of an alternative name.
bool is_printable(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f'; });
}

void add_name(builder& out, GENERAL_NAMES* names, int type, const std::string& text) {
  out.require(is_printable(text), "alternative name");
  auto* value = type == GEN_IPADD ? a2i_IPADDRESS(text.c_str()) : ASN1_IA5STRING_new();
  out.require(value != nullptr, "IP address");
  if (value == nullptr)
    return;
  if (type != GEN_IPADD)
    ASN1_STRING_set(value, text.data(), static_cast<int>(text.size()));
  auto* name = GENERAL_NAME_new();
  GENERAL_NAME_set0_value(name, type, value);
  sk_GENERAL_NAME_push(names, name);
}

void add_names(builder& out, const certificate_content& content) {
  const owned<GENERAL_NAMES, GENERAL_NAMES_free> names{GENERAL_NAMES_new()};
  for (const auto& name : content.dns_names)
    add_name(out, names.get(), GEN_DNS, name);
  for (const auto& address : content.ip_addresses)
    add_name(out, names.get(), GEN_IPADD, address);
  for (const auto& uri : content.uris)
    add_name(out, names.get(), GEN_URI, uri);
  const auto& [common_name, organization] = content.subject;
  const auto nameless = common_name.empty() && organization.empty();
  if (sk_GENERAL_NAME_num(names.get()) > 0)
    out.add(NID_subject_alt_name, names.get(),
            nameless ? criticality::critical : criticality::ignorable);
}

void add_usages(builder& out, const certificate_content& content) {
  const bit_string usages{ASN1_BIT_STRING_new()};
  for (const auto usage : content.key_usages)
    ASN1_BIT_STRING_set_bit(usages.get(), static_cast<int>(usage), 1);
  if (!content.key_usages.empty())
    out.add(NID_key_usage, usages.get(), criticality::critical);
  const owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> extended{EXTENDED_KEY_USAGE_new()};
  for (const auto& oid : content.extended_key_usages) {
    auto* object = OBJ_txt2obj(oid.c_str(), 1);
    out.require(object != nullptr, "extended key usage");
    if (object != nullptr)
      sk_ASN1_OBJECT_push(extended.get(), object);
  }
  if (!content.extended_key_usages.empty())
    out.add(NID_ext_key_usage, extended.get(), criticality::ignorable);
}

void add_constraints(builder& out, const std::optional<authority>& ca) {
  const owned<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free> made{BASIC_CONSTRAINTS_new()};
  made->ca = ca ? 1 : 0;
  if (ca && ca->path_length) {
    made->pathlen = ASN1_INTEGER_new();
    ASN1_INTEGER_set(made->pathlen, static_cast<long>(*ca->path_length));
  }
  out.add(NID_basic_constraints, made.get(), criticality::critical);
}

/// Adds the identifier of the certificate's own key.
/// @see RFC 7093, section 2, method 1
octet_string add_subject_key_identifier(builder& out) {
  octet_string made{ASN1_OCTET_STRING_new()};
  const auto* key = X509_get0_pubkey_bitstr(out.get());
  if (key == nullptr)
    return made;
  const auto sum
    = hash(hash_algorithm::sha256,
           {ASN1_STRING_get0_data(key), static_cast<std::size_t>(ASN1_STRING_length(key))});
  ASN1_OCTET_STRING_set(made.get(), sum.view().data(), static_cast<int>(key_identifier_bytes));
  out.add(NID_subject_key_identifier, made.get(), criticality::ignorable);
  return made;
}

void add_authority_key_identifier(builder& out, const ASN1_OCTET_STRING* of_authority) {
  if (of_authority == nullptr)
    return;
  const owned<AUTHORITY_KEYID, AUTHORITY_KEYID_free> made{AUTHORITY_KEYID_new()};
  made->keyid = ASN1_OCTET_STRING_dup(of_authority);
  out.add(NID_authority_key_identifier, made.get(), criticality::ignorable);
}

void add_more(builder& out, const std::vector<extension>& extensions) {
  for (const auto& [oid, critical, value] : extensions) {
    const owned<ASN1_OBJECT, ASN1_OBJECT_free> object{OBJ_txt2obj(oid.c_str(), 1)};
    const octet_string data{ASN1_OCTET_STRING_new()};
    ASN1_OCTET_STRING_set(data.get(), value.data(), static_cast<int>(value.size()));
    const owned<X509_EXTENSION, X509_EXTENSION_free> made{
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), critical ? 1 : 0, data.get())};
    out.require(object && made && X509_add_ext(out.get(), made.get(), -1) == 1, "extension");
  }
}

void fill(builder& out, const certificate_content& content) {
  out.require(content.not_before < content.not_after, "validity period");
  X509_set_subject_name(out.get(), name_of(out, content.subject).get());
  X509_set1_notBefore(out.get(), time_of(out, content.not_before).get());
  X509_set1_notAfter(out.get(), time_of(out, content.not_after).get());
  set_serial(out, content.serial);
  add_constraints(out, content.ca);
  add_usages(out, content);
  add_names(out, content);
  add_more(out, content.more);
}

result<certificate> sign(const builder& filled, const private_key& key,
                         const std::optional<signature_algorithm>& with) {
  if (filled.fault())
    return *filled.fault();
  const auto context = signing_context(key, with);
  if (!context)
    return context.error();
  if (X509_sign_ctx(filled.get(), context->get()) <= 0)
    return error{errc::internal, "certificate to issue: " + error_queue::reason()};
  return certificate::from_der(der_of(filled.get(), i2d_X509));
}

} // namespace

result<certificate> self_sign(const certificate_content& content, const private_key& key) {
  const error_queue errors;
  builder out;
  X509_set_pubkey(out.get(), key.get());
  fill(out, content);
  X509_set_issuer_name(out.get(), X509_get_subject_name(out.get()));
  add_authority_key_identifier(out, add_subject_key_identifier(out).get());
  return sign(out, key, content.signed_with);
}

result<certificate> issue(const certificate_content& content, const public_key& key,
                          const certificate& ca, const private_key& ca_key) {
  const error_queue errors;
  if (!(ca.key() == ca_key.public_half()))
    return error{errc::conflict, "certificate to issue: the CA's key is another"};
  if (!ca.is_ca())
    return error{errc::forbidden, "certificate to issue: \"" + ca.subject() + "\" is not a CA"};
  builder out;
  if (key.get() == nullptr || X509_set_pubkey(out.get(), key.get()) != 1)
    return error{errc::unsupported, "certificate to issue: key"};
  fill(out, content);
  X509_set_issuer_name(out.get(), X509_get_subject_name(ca.get()));
  add_subject_key_identifier(out);
  add_authority_key_identifier(out, X509_get0_subject_key_id(ca.get()));
  return sign(out, ca_key, content.signed_with);
}

} // namespace troth::crypto
