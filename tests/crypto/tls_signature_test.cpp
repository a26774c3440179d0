#include "shared/crypto/certificate_request.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/pss_block.hpp"
#include "shared/crypto/signing_request.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

using namespace troth;
using crypto::key_kind;

namespace {

constexpr auto kinds = {key_kind::p256, key_kind::p384, key_kind::rsa2048, key_kind::rsa3072};
constexpr auto hashes = {hash_algorithm::sha256, hash_algorithm::sha384, hash_algorithm::sha512};

template <auto Free>
struct freed {
  void operator()(auto* object) const { Free(object); }
};
using request_pointer = std::unique_ptr<X509_REQ, freed<X509_REQ_free>>;

request_pointer read(const bytes& der) {
  const auto* at = der.data();
  request_pointer out{d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size()))};
  REQUIRE(out);
  CHECK(at == der.data() + der.size());
  return out;
}

/// Verifies as a peer of TLS 1.3 does: an RSA signature's salt is as long as its digest.
bool is_good(const crypto::public_key& key, const digest& of, const bytes& signature) {
  const std::unique_ptr<EVP_PKEY_CTX, freed<EVP_PKEY_CTX_free>> context{
    EVP_PKEY_CTX_new(key.get(), nullptr)};
  const auto* md = EVP_get_digestbyname(std::string{name(of.algorithm())}.c_str());
  REQUIRE(EVP_PKEY_verify_init(context.get()) == 1);
  REQUIRE(EVP_PKEY_CTX_set_signature_md(context.get(), md) == 1);
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA) {
    REQUIRE(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) == 1);
    REQUIRE(EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  const auto sum = of.view();
  return EVP_PKEY_verify(context.get(), signature.data(), signature.size(), sum.data(), sum.size())
         == 1;
}

/// Returns what a holder of the bare private operation makes of a block.
bytes raise(const crypto::private_key& key, const bytes& block) {
  const std::unique_ptr<EVP_PKEY_CTX, freed<EVP_PKEY_CTX_free>> context{
    EVP_PKEY_CTX_new(key.get(), nullptr)};
  bytes out(block.size());
  auto size = out.size();
  REQUIRE(EVP_PKEY_decrypt_init(context.get()) == 1);
  REQUIRE(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1);
  REQUIRE(EVP_PKEY_decrypt(context.get(), out.data(), &size, block.data(), block.size()) == 1);
  return out;
}

crypto::request_content content() {
  return {"a machine", {"machine.example", "m1.internal"}, {"192.0.2.7", "2001:db8::7"}};
}

} // namespace

TEST_SUITE_BEGIN("crypto/tls_signature");

TEST_CASE("a key signs a digest as TLS 1.3 carries it") {
  for (const auto kind : kinds) {
    const auto key = *crypto::private_key::generate(kind);
    for (const auto algorithm : hashes) {
      const auto what = crypto::hash(algorithm, to_bytes("a handshake"));
      const auto signature = key.sign_for_tls(what);
      REQUIRE(signature);
      CHECK(is_good(key.public_half(), what, *signature));
    }
    CHECK(key.sign_for_tls(digest{hash_algorithm::sha1}).error().code == errc::weak);
  }
  const auto other = *crypto::private_key::generate(key_kind::ed25519);
  CHECK(other.sign_for_tls(digest{hash_algorithm::sha256}).error().code == errc::unsupported);
}

TEST_CASE("an encoded block makes the bare private operation a signature of RSASSA-PSS") {
  for (const auto kind : {key_kind::rsa2048, key_kind::rsa3072}) {
    const auto key = *crypto::private_key::generate(kind);
    for (const auto algorithm : hashes) {
      const auto what = crypto::hash(algorithm, to_bytes("a handshake"));
      const auto block = crypto::pss_block(key.public_half(), what);
      REQUIRE(block);
      CHECK(is_good(key.public_half(), what, raise(key, *block)));
      CHECK(*block != *crypto::pss_block(key.public_half(), what)); // the salt is new each time
    }
  }
  const auto other = *crypto::private_key::generate(key_kind::p256);
  CHECK(crypto::pss_block(other.public_half(), digest{hash_algorithm::sha256}).error().code
        == errc::unsupported);
}

TEST_CASE("a signing request verifies, and asks for the names it was made with") {
  for (const auto kind : kinds) {
    const auto key = *crypto::private_key::generate(kind);
    auto request = crypto::signing_request::make(content(), key.public_half());
    REQUIRE(request);
    const auto signature = key.sign_for_tls(request->to_be_signed());
    const auto der = (*std::move(request)).sign(*signature);
    REQUIRE(der);
    const auto seen = crypto::certificate_request::from_der(*der);
    REQUIRE(seen);
    CHECK(seen->common_name() == "a machine");
    CHECK(seen->dns_names() == content().dns_names);
    const auto made = read(*der);
    CHECK(X509_REQ_verify(made.get(), X509_REQ_get0_pubkey(made.get())) == 1);
    CHECK(EVP_PKEY_eq(X509_REQ_get0_pubkey(made.get()), key.get()) == 1);
    CHECK(X509_REQ_get_version(made.get()) == 0);
    std::array<char, 64> line{};
    X509_NAME_oneline(X509_REQ_get_subject_name(made.get()), line.data(), line.size());
    CHECK(std::string{line.data()} == "/CN=a machine");
    auto* const extensions = X509_REQ_get_extensions(made.get());
    auto* const names = static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr));
    REQUIRE(names != nullptr);
    CHECK(sk_GENERAL_NAME_num(names) == 4);
    CHECK(sk_GENERAL_NAME_value(names, 0)->type == GEN_DNS);
    const auto* const address = sk_GENERAL_NAME_value(names, 2)->d.iPAddress;
    CHECK(bytes(address->data, address->data + address->length) == bytes{192, 0, 2, 7});
    CHECK(sk_GENERAL_NAME_value(names, 3)->d.iPAddress->length == 16);
    GENERAL_NAMES_free(names);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  }
}

TEST_CASE("a signing request of no names asks for no extension") {
  const auto key = *crypto::private_key::generate(key_kind::p256);
  auto request = crypto::signing_request::make({"a machine", {}, {}}, key.public_half());
  REQUIRE(request);
  const auto signature = key.sign_for_tls(request->to_be_signed());
  const auto der = (*std::move(request)).sign(*signature);
  REQUIRE(der);
  CHECK(X509_REQ_get_attr_count(read(*der).get()) == 0);
}

TEST_CASE("a signing request needs no common name where it has another") {
  const auto key = *crypto::private_key::generate(key_kind::p256);
  auto request = crypto::signing_request::make({"", {"machine.example"}, {}}, key.public_half());
  REQUIRE(request);
  const auto signature = key.sign_for_tls(request->to_be_signed());
  const auto der = (*std::move(request)).sign(*signature);
  REQUIRE(der);
  CHECK(X509_NAME_entry_count(X509_REQ_get_subject_name(read(*der).get())) == 0);
}

TEST_CASE("a signature by another key, over another request, or of another form is refused") {
  const auto key = *crypto::private_key::generate(key_kind::p256);
  const auto other = *crypto::private_key::generate(key_kind::p256);
  const auto make = [&] { return *crypto::signing_request::make(content(), key.public_half()); };
  const auto over = make().to_be_signed();
  CHECK(make().sign(*key.sign_for_tls(over)));
  for (const auto& bad : {*other.sign_for_tls(over),
                          *key.sign_for_tls(crypto::hash(hash_algorithm::sha256, to_bytes("x"))),
                          bytes{}, bytes{0x30, 0x00}})
    CHECK(make().sign(bad).error().code == errc::bad_signature);
}

TEST_CASE("what cannot be asked for is refused") {
  const auto key = crypto::private_key::generate(key_kind::p256)->public_half();
  const auto code_of = [&](crypto::request_content wrong) {
    return crypto::signing_request::make(wrong, key).error().code;
  };
  CHECK(code_of({"", {}, {}}) == errc::malformed);
  CHECK(code_of({std::string(65, 'x'), {}, {}}) == errc::malformed);
  CHECK(code_of({"a", {"*.example"}, {}}) == errc::malformed);
  CHECK(code_of({"a", {}, {"300.1.1.1"}}) == errc::malformed);
  CHECK(code_of({"a", {}, {"localhost"}}) == errc::malformed);
  for (const auto kind : {key_kind::ed25519, key_kind::p521}) {
    const auto other = crypto::private_key::generate(kind)->public_half();
    CHECK(crypto::signing_request::make(content(), other).error().code == errc::unsupported);
  }
}

TEST_SUITE_END();
