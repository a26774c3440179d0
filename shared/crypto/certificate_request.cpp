#include "shared/crypto/certificate_request.hpp"

#include "shared/crypto/certificate.hpp"
#include "shared/crypto/host_name.hpp"
#include "shared/crypto/openssl.hpp"
#include "shared/crypto/request_signature.hpp"
#include "shared/crypto/x509_values.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <type_traits>

namespace troth::crypto {

using namespace openssl;

namespace {

using request_object = owned<X509_REQ, X509_REQ_free>;

constexpr std::size_t max_requested_common_name = 64; // RFC 5280, appendix A, ub-common-name

/// How one of OpenSSL's types is read and freed.
template <auto Decode, auto Free>
struct asn1_type {
  /// Reads all of the string; null if that is no such value, or more than one.
  static auto read(const ASN1_STRING* from) {
    const auto* at = ASN1_STRING_get0_data(from);
    const auto* const end = at + ASN1_STRING_length(from);
    auto* value = Decode(nullptr, &at, end - at);
    owned<std::remove_pointer_t<decltype(value)>, Free> out{value};
    if (at != end)
      out.reset();
    return out;
  }
};
using requested_extensions = asn1_type<d2i_X509_EXTENSIONS, [](X509_EXTENSIONS* all) {
  sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
}>;
using requested_alternatives = asn1_type<d2i_GENERAL_NAMES, GENERAL_NAMES_free>;
using requested_constraints = asn1_type<d2i_BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using requested_usages = asn1_type<d2i_ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using requested_purposes = asn1_type<d2i_EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;

error refused_request(errc code, const std::string& what) {
  return {code, "csr: " + what};
}

std::string in_lower_case(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

byte_view content_view(const ASN1_STRING* of) {
  return {ASN1_STRING_get0_data(of), static_cast<std::size_t>(ASN1_STRING_length(of))};
}

/// Takes the one attribute of the subject that there may be.
result<std::string> common_name_of(const X509_NAME* subject) {
  std::string out;
  for (int i = 0; i < X509_NAME_entry_count(subject); ++i) {
    const auto* entry = X509_NAME_get_entry(subject, i);
    const auto* type = X509_NAME_ENTRY_get_object(entry);
    if (OBJ_obj2nid(type) != NID_commonName)
      return refused_request(errc::forbidden, "subject: attribute " + dotted(type));
    if (i > 0)
      return refused_request(errc::malformed, "subject: more than one common name");
    unsigned char* text = nullptr;
    const auto size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));
    if (size < 0)
      return refused_request(errc::malformed, "subject: common name");
    out = in_lower_case(to_text({text, static_cast<std::size_t>(size)}));
    OPENSSL_free(text);
    if (out.size() > max_requested_common_name)
      return refused_request(errc::too_large, "subject: common name");
    if (out.empty() || !std::ranges::all_of(out, [](char c) { return c >= ' ' && c < '\x7f'; }))
      return refused_request(errc::malformed, "subject: common name, expected printable ASCII");
  }
  return out;
}

result<void> check_requested_usages(const ASN1_STRING* value) {
  const auto usages = requested_usages::read(value);
  if (!usages)
    return refused_request(errc::malformed, "keyUsage");
  constexpr int of_tls[] = {0, 2, 4}; // digitalSignature, keyEncipherment, keyAgreement
  for (int bit = 0; bit < 8 * ASN1_STRING_length(usages.get()); ++bit)
    if (ASN1_BIT_STRING_get_bit(usages.get(), bit) != 0 && std::ranges::count(of_tls, bit) == 0)
      return refused_request(errc::forbidden, "keyUsage: bit " + std::to_string(bit));
  return {};
}

result<void> check_requested_purposes(const ASN1_STRING* value) {
  const auto purposes = requested_purposes::read(value);
  if (!purposes)
    return refused_request(errc::malformed, "extKeyUsage");
  for (int i = 0; i < sk_ASN1_OBJECT_num(purposes.get()); ++i)
    if (const auto oid = dotted(sk_ASN1_OBJECT_value(purposes.get(), i));
        oid != eku::server_auth && oid != eku::client_auth)
      return refused_request(errc::forbidden, "extKeyUsage: " + oid);
  return {};
}

result<void> check_requested_constraints(const ASN1_STRING* value) {
  const auto constraints = requested_constraints::read(value);
  if (!constraints)
    return refused_request(errc::malformed, "basicConstraints");
  if (constraints->ca != 0 || constraints->pathlen != nullptr)
    return refused_request(errc::forbidden, "basicConstraints: a CA");
  return {};
}

} // namespace

/// A request on its way from bytes.
struct certificate_request::reading {
  certificate_request& out;

  result<void> add_host(byte_view name) {
    auto text = in_lower_case(to_text(name));
    if (text.starts_with("*."))
      return refused_request(errc::forbidden, "subjectAltName: a wildcard");
    if (!is_host_name(text))
      return refused_request(errc::malformed, "subjectAltName: a dNSName that is none");
    out.dns_names_.push_back(std::move(text));
    return {};
  }

  result<void> add_address(byte_view address) {
    auto text = ip_text(address);
    if (text.empty())
      return refused_request(errc::malformed, "subjectAltName: an iPAddress of "
                                                + std::to_string(address.size()) + " bytes");
    out.ip_addresses_.push_back(std::move(text));
    return {};
  }

  result<void> add_names(const ASN1_STRING* value) {
    const auto names = requested_alternatives::read(value);
    if (!names || sk_GENERAL_NAME_num(names.get()) == 0)
      return refused_request(errc::malformed, "subjectAltName");
    const auto count = static_cast<std::size_t>(sk_GENERAL_NAME_num(names.get()));
    if (count > max_requested_names)
      return refused_request(errc::too_large, "subjectAltName: " + std::to_string(count)
                                                + " names, expected "
                                                + std::to_string(max_requested_names) + " at most");
    for (std::size_t i = 0; i < count; ++i) {
      int type = -1;
      const auto* name
        = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), static_cast<int>(i)), &type);
      if (type != GEN_DNS && type != GEN_IPADD)
        return refused_request(errc::forbidden, "subjectAltName: a name of type "
                                                  + std::to_string(type)
                                                  + ", expected dNSName or iPAddress");
      const auto content = content_view(static_cast<const ASN1_STRING*>(name));
      if (const auto added = type == GEN_DNS ? add_host(content) : add_address(content); !added)
        return added;
    }
    return {};
  }

  result<void> add_extension(X509_EXTENSION* one) {
    const auto* type = X509_EXTENSION_get_object(one);
    const auto* value = X509_EXTENSION_get_data(one);
    switch (OBJ_obj2nid(type)) {
    case NID_subject_alt_name:
      return add_names(value);
    case NID_basic_constraints:
      return check_requested_constraints(value);
    case NID_key_usage:
      return check_requested_usages(value);
    case NID_ext_key_usage:
      return check_requested_purposes(value);
    default:
      return refused_request(errc::forbidden, "extension " + dotted(type));
    }
  }

  result<void> add_extensions(const ASN1_TYPE* value) {
    const auto all = ASN1_TYPE_get(value) == V_ASN1_SEQUENCE
                       ? requested_extensions::read(value->value.sequence)
                       : decltype(requested_extensions::read(nullptr)){};
    if (!all)
      return refused_request(errc::malformed, "extensionRequest");
    std::set<std::string> seen;
    for (int i = 0; i < sk_X509_EXTENSION_num(all.get()); ++i) {
      auto* one = sk_X509_EXTENSION_value(all.get(), i);
      if (const auto oid = dotted(X509_EXTENSION_get_object(one)); !seen.insert(oid).second)
        return refused_request(errc::malformed, "extension " + oid + ", twice");
      if (const auto added = add_extension(one); !added)
        return added;
    }
    return {};
  }

  result<void> add_attributes(const X509_REQ* request) {
    for (int i = 0; i < X509_REQ_get_attr_count(request); ++i) {
      auto* one = X509_REQ_get_attr(request, i);
      const auto* type = X509_ATTRIBUTE_get0_object(one);
      if (OBJ_obj2nid(type) != NID_ext_req)
        return refused_request(errc::forbidden, "attribute " + dotted(type));
      if (i > 0 || X509_ATTRIBUTE_count(one) != 1)
        return refused_request(errc::malformed, "extensionRequest, expected one of one value");
      if (const auto added = add_extensions(X509_ATTRIBUTE_get0_type(one, 0)); !added)
        return added;
    }
    return {};
  }
};

result<certificate_request> certificate_request::from_der(byte_view der) {
  const error_queue errors;
  if (der.size() > max_certificate_request_bytes)
    return refused_request(errc::too_large, std::to_string(der.size()) + " bytes");
  const auto* at = der.data();
  const request_object object{d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size()))};
  if (!object || X509_REQ_get_version(object.get()) != X509_REQ_VERSION_1)
    return refused_request(errc::malformed, "no PKCS #10 request of version 1");
  if (at != der.data() + der.size())
    return refused_request(errc::trailing, "bytes behind it");
  const auto key = public_key::from_x509(X509_REQ_get_X509_PUBKEY(object.get()));
  if (!key)
    return refused_request(key.error().code, key.error().where);
  if (const auto strong = check_requested_key(*key); !strong)
    return strong.error();
  if (const auto signed_by_it = check_requested_signature(object.get(), *key); !signed_by_it)
    return signed_by_it.error();
  certificate_request out{*key};
  auto common_name = common_name_of(X509_REQ_get_subject_name(object.get()));
  if (!common_name)
    return common_name.error();
  out.common_name_ = *std::move(common_name);
  if (const auto added = reading{out}.add_attributes(object.get()); !added)
    return added.error();
  if (out.common_name_.empty() && out.dns_names_.empty() && out.ip_addresses_.empty())
    return refused_request(errc::missing, "names");
  return out;
}

} // namespace troth::crypto
