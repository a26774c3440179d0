#include "shared/crypto/certificate_request.hpp"

#include "tests/support/minted.hpp"
#include "tests/support/minted_request.hpp"
#include "tests/support/refusal.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace troth;
using namespace troth::crypto;
using namespace troth::testing;

namespace {

const private_key& key() {
  static const auto one = minted(private_key::generate(key_kind::p256));
  return one;
}

using owned_key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

owned_key rsa_key(unsigned bits, unsigned long exponent = 65537) {
  const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> e{BN_new(), BN_free};
  BN_set_word(e.get(), exponent);
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context{
    EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nullptr), EVP_PKEY_CTX_free};
  EVP_PKEY_keygen_init(context.get());
  EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits));
  EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e.get());
  EVP_PKEY* made = nullptr;
  EVP_PKEY_keygen(context.get(), &made);
  return {made, EVP_PKEY_free};
}

result<certificate_request> read(const request_content& content) {
  return certificate_request::from_der(mint_request(key(), content));
}

request_content asking(request_content::lines extensions) {
  request_content out;
  out.extensions = std::move(extensions);
  return out;
}

/// A request whose one extension has these contents.
request_content with_raw(int nid, bytes value) {
  auto out = asking({});
  out.spoil = [nid, value = std::move(value)](X509_REQ* made) {
    const std::unique_ptr<ASN1_OCTET_STRING, void (*)(ASN1_OCTET_STRING*)> content{
      ASN1_OCTET_STRING_new(), ASN1_OCTET_STRING_free};
    ASN1_OCTET_STRING_set(content.get(), value.data(), static_cast<int>(value.size()));
    auto* all = sk_X509_EXTENSION_new_null();
    sk_X509_EXTENSION_push(all, X509_EXTENSION_create_by_NID(nullptr, nid, 0, content.get()));
    X509_REQ_add_extensions(made, all);
    sk_X509_EXTENSION_pop_free(all, X509_EXTENSION_free);
  };
  return out;
}

} // namespace

TEST_SUITE_BEGIN("crypto/certificate_request");

TEST_CASE("a request is read: its key, and its names in lower case") {
  request_content content;
  content.subject = {{NID_commonName, "Machine.Example"}};
  content.extensions
    = {{NID_subject_alt_name, "DNS:Machine.Example,DNS:m_1,IP:192.0.2.7,IP:2001:db8::1"},
       {NID_basic_constraints, "critical,CA:FALSE"},
       {NID_key_usage, "critical,digitalSignature,keyEncipherment,keyAgreement"},
       {NID_ext_key_usage, "serverAuth,clientAuth"}};
  const auto got = read(content);
  REQUIRE(got);
  CHECK(got->key() == key().public_half());
  CHECK(got->common_name() == "machine.example");
  CHECK(got->dns_names() == std::vector<std::string>{"machine.example", "m_1"});
  CHECK(got->ip_addresses()
        == std::vector<std::string>{"192.0.2.7", "2001:0db8:0000:0000:0000:0000:0000:0001"});
}

TEST_CASE("a request may have names in the subject or beside it, and must have one") {
  auto content = asking({});
  REQUIRE(read(content));
  CHECK(read(content)->dns_names().empty());
  content.subject.clear();
  CHECK(refusal(read(content)) == errc::missing);
  content.extensions = {{NID_subject_alt_name, "DNS:a"}};
  REQUIRE(read(content));
  CHECK(read(content)->common_name().empty());
}

TEST_CASE("keys of the four kinds are read, RSA signed in either way") {
  for (const auto kind : {key_kind::p256, key_kind::p384, key_kind::rsa2048, key_kind::rsa3072}) {
    CAPTURE(name(kind));
    const auto own = minted(private_key::generate(kind));
    request_content content;
    content.over = kind == key_kind::p384 ? EVP_sha384() : EVP_sha256();
    const auto got = certificate_request::from_der(mint_request(own, content));
    REQUIRE(got);
    CHECK(got->key() == own.public_half());
    CHECK(got->key().kind() == kind);
    if (kind != key_kind::rsa2048 && kind != key_kind::rsa3072)
      continue;
    content.padding = RSA_PKCS1_PSS_PADDING;
    CHECK(certificate_request::from_der(mint_request(own, content)));
  }
}

TEST_CASE("a request that its own key did not sign is refused") {
  auto der = mint_request(key());
  der.back() ^= 1;
  CHECK(refusal(certificate_request::from_der(der)) == errc::bad_signature);

  const auto other = minted(private_key::generate(key_kind::p256));
  request_content content;
  content.spoil = [&](X509_REQ* made) { X509_REQ_set_pubkey(made, other.get()); };
  CHECK(refusal(read(content)) == errc::bad_signature);
}

TEST_CASE("weak keys and hashes are refused, and kinds that are not certified") {
  const auto code = [](const owned_key& own) {
    return refusal(certificate_request::from_der(mint_request(own.get())));
  };
  CHECK(code(rsa_key(1024)) == errc::weak);
  CHECK(code(rsa_key(2048, 3)) == errc::weak);
  CHECK(code(rsa_key(2048, 65539)) == errc::internal); // not refused
  CHECK(code(rsa_key(2056)) == errc::unsupported);
  request_content content;
  content.over = EVP_sha1();
  CHECK(refusal(read(content)) == errc::weak);
  content.over = EVP_sha224();
  CHECK(refusal(read(content)) == errc::unsupported);
  const auto rsa = minted(private_key::generate(key_kind::rsa2048));
  content.over = EVP_sha1();
  content.padding = RSA_PKCS1_PSS_PADDING;
  CHECK(refusal(certificate_request::from_der(mint_request(rsa, content))) == errc::weak);
  for (const auto kind : {key_kind::p521, key_kind::rsa4096}) {
    const auto own = minted(private_key::generate(kind));
    CHECK(refusal(certificate_request::from_der(mint_request(own))) == errc::unsupported);
  }
}

TEST_CASE("a request that asks to be more than a host is forbidden") {
  const request_content::lines rows[] = {
    {{NID_basic_constraints, "CA:TRUE"}},
    {{NID_basic_constraints, "CA:FALSE,pathlen:0"}},
    {{NID_key_usage, "keyCertSign"}},
    {{NID_key_usage, "digitalSignature,cRLSign"}},
    {{NID_key_usage, "decipherOnly"}},
    {{NID_ext_key_usage, "serverAuth,codeSigning"}},
    {{NID_ext_key_usage, "anyExtendedKeyUsage"}},
    {{NID_ext_key_usage, "2.23.133.8.3"}},
    {{NID_subject_alt_name, "DNS:machine,email:a@b"}},
    {{NID_subject_alt_name, "URI:troth:role:gateway"}},
    {{NID_subject_alt_name, "RID:1.2.3"}},
    {{NID_subject_alt_name, "otherName:1.2.3;UTF8:x"}},
    {{NID_subject_alt_name, "DNS:*.example.com"}},
    {{NID_netscape_comment, "x"}},
    {{NID_subject_key_identifier, "hash"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row[0].second);
    CHECK(refusal(read(asking(row))) == errc::forbidden);
  }
  for (const auto nid : {NID_certificate_policies, NID_name_constraints, NID_ns_sgc})
    CHECK(refusal(read(with_raw(nid, {0x30, 0}))) == errc::forbidden);
}

TEST_CASE("the subject has one attribute, a printable common name") {
  const std::pair<request_content::lines, errc> rows[] = {
    {{{NID_commonName, "a"}, {NID_organizationName, "b"}}, errc::forbidden},
    {{{NID_countryName, "DE"}}, errc::forbidden},
    {{{NID_commonName, "a"}, {NID_commonName, "b"}}, errc::malformed},
    {{{NID_commonName, "a\nb"}}, errc::malformed},
    {{{NID_commonName, std::string{"a\0b", 3}}}, errc::malformed},
    {{{NID_commonName, "\xc3\xa4"}}, errc::malformed},
  };
  for (const auto& [subject, code] : rows) {
    CAPTURE(subject[0].second);
    auto content = asking({{NID_subject_alt_name, "DNS:a"}});
    content.subject = subject;
    CHECK(refusal(read(content)) == code);
  }
  request_content content;
  content.subject = {{NID_commonName, std::string(64, 'a')}};
  CHECK(read(content));
}

TEST_CASE("names that are none are malformed, and too many too large") {
  const auto host = [](const std::string& name) {
    bytes value{0x30, static_cast<std::uint8_t>(name.size() + 2), 0x82,
                static_cast<std::uint8_t>(name.size())};
    value.insert(value.end(), name.begin(), name.end());
    return refusal(read(with_raw(NID_subject_alt_name, value)));
  };
  CHECK(host("a.b-c.d") == errc::internal); // not refused
  for (const auto& name :
       {std::string{}, std::string{"a b"}, std::string{"a..b"}, std::string{".a"},
        std::string{"a."}, std::string{"-a"}, std::string{"a-"}, std::string{"a\0b", 3},
        std::string{"a\n"}, std::string{"a/b"}, std::string{"\xc3\xa4"}, std::string{"a.*.b"},
        std::string(64, 'a')}) {
    CAPTURE(name);
    CHECK(host(name) == errc::malformed);
  }
  CHECK(refusal(read(with_raw(NID_subject_alt_name, {0x30, 5, 0x87, 3, 1, 2, 3})))
        == errc::malformed);
  CHECK(refusal(read(with_raw(NID_subject_alt_name, {0x30, 0}))) == errc::malformed);
  std::string many = "DNS:a";
  for (std::size_t i = 1; i < max_requested_names; ++i)
    many += ",DNS:a";
  CHECK(read(asking({{NID_subject_alt_name, many}})));
  CHECK(refusal(read(asking({{NID_subject_alt_name, many + ",DNS:a"}}))) == errc::too_large);
}

TEST_CASE("whatever occurs twice, is broken or unknown is refused") {
  CHECK(refusal(
          read(asking({{NID_key_usage, "digitalSignature"}, {NID_key_usage, "digitalSignature"}})))
        == errc::malformed);
  // One attribute of two values, then two of one.
  request_content twice;
  twice.spoil = [](X509_REQ* made) {
    auto* first = X509_REQ_get_attr(made, 0);
    const auto* value = X509_ATTRIBUTE_get0_type(first, 0)->value.sequence;
    X509_ATTRIBUTE_set1_data(first, V_ASN1_SEQUENCE, ASN1_STRING_get0_data(value),
                             ASN1_STRING_length(value));
  };
  CHECK(refusal(read(twice)) == errc::malformed);
  twice.spoil = [](X509_REQ* made) {
    const auto* value = X509_ATTRIBUTE_get0_type(X509_REQ_get_attr(made, 0), 0)->value.sequence;
    X509_REQ_add1_attr_by_NID(made, NID_pkcs9_challengePassword, V_ASN1_SEQUENCE,
                              ASN1_STRING_get0_data(value), ASN1_STRING_length(value));
    X509_ATTRIBUTE_set1_object(X509_REQ_get_attr(made, 1), OBJ_nid2obj(NID_ext_req));
  };
  const auto refused = read(twice);
  REQUIRE(!refused);
  CHECK(refused.error().where == "csr: extensionRequest, expected one of one value");
  request_content password;
  password.spoil = [](X509_REQ* made) {
    X509_REQ_add1_attr_by_NID(made, NID_pkcs9_challengePassword, MBSTRING_ASC,
                              reinterpret_cast<const unsigned char*>("x"), 1);
  };
  CHECK(refusal(read(password)) == errc::forbidden);
  request_content empty;
  empty.extensions = {};
  empty.spoil = [](X509_REQ* made) {
    X509_REQ_add1_attr_by_NID(made, NID_ext_req, V_ASN1_UTF8STRING,
                              reinterpret_cast<const unsigned char*>("x"), 1);
  };
  CHECK(refusal(read(empty)) == errc::malformed);
  for (const auto nid :
       {NID_subject_alt_name, NID_basic_constraints, NID_key_usage, NID_ext_key_usage}) {
    CAPTURE(nid);
    CHECK(refusal(read(with_raw(nid, to_bytes("x")))) == errc::malformed);
    CHECK(refusal(read(with_raw(nid, {}))) == errc::malformed);
  }
  CHECK(refusal(read(with_raw(NID_basic_constraints, {0x30, 0, 0}))) == errc::malformed);
}

TEST_CASE("a request ends where it ends, and is of the one version") {
  const auto good = mint_request(key());
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(refusal(certificate_request::from_der(byte_view{good}.first(size))) == errc::malformed);
  }
  auto longer = good;
  longer.push_back(0);
  CHECK(refusal(certificate_request::from_der(longer)) == errc::trailing);
  CHECK(refusal(certificate_request::from_der(bytes(max_certificate_request_bytes + 1)))
        == errc::too_large);
  request_content content;
  content.spoil = [](X509_REQ* made) { X509_REQ_set_version(made, 1); };
  CHECK(refusal(read(content)) == errc::malformed);
}

TEST_SUITE_END();
