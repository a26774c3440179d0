#include "shared/client/remote_key.hpp"

#include "shared/atls/tls_settings.hpp"
#include "shared/client/stored_key.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/issue.hpp"
#include "tests/support/remote_signers.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace troth;
using namespace troth::client;
using crypto::key_kind;

namespace {

/// A CA, in a file.
struct issuer {
  issuer() { std::ofstream{file} << certificate.pem(); }

  std::string chain_for(const crypto::public_key& of) const {
    auto content = about("server");
    content.dns_names = {"localhost"};
    return crypto::issue(content, of, certificate, key)->pem() + certificate.pem();
  }

  static crypto::certificate_content about(const std::string& name) {
    crypto::certificate_content out;
    out.subject.common_name = name;
    out.not_before = std::chrono::system_clock::now() - std::chrono::hours{1};
    out.not_after = std::chrono::system_clock::now() + std::chrono::hours{1};
    return out;
  }

  static crypto::certificate self_signed(const crypto::private_key& with) {
    auto content = about("CA");
    content.ca.emplace();
    content.key_usages = {crypto::key_usage::certificate_sign};
    return *crypto::self_sign(content, with);
  }

  testing::temporary_folder folder;
  std::string file = (folder.path() / "ca.pem").string();
  crypto::private_key key = *crypto::private_key::generate(key_kind::p256);
  crypto::certificate certificate = self_signed(key);
};

/// A key that is elsewhere, and how often it was asked to sign.
struct elsewhere {
  elsewhere(const issuer& by, key_kind kind)
    : key(*crypto::private_key::generate(kind)), chain(by.chain_for(key.public_half())) {
    // nop
  }

  /// Makes a context whose certificate's key is here.
  result<atls::tls_context> open(atls::side ours, const issuer& trusting) {
    return atls::make_context(ours, {trusting.file, "", "", true, [this](SSL_CTX* context) {
                                       const auto used = use_remote_key(context, remote());
                                       asked = 0; // the trial is not counted
                                       return used;
                                     }});
  }

  remote_key remote() {
    return {chain,
            [this](hash_algorithm hash, byte_view digest) {
              ++asked;
              return sign ? sign(hash, digest) : testing::sign_digest(key, hash, digest);
            },
            [this](const error& why) { told = to_string(why); }};
  }

  crypto::private_key key;
  std::string chain;
  remote_signer sign; ///< Instead.
  std::atomic<int> asked = 0;
  std::string told;
};

/// One connection, both of whose ends are here.
class pair {
public:
  pair(const atls::tls_context& client, const atls::tls_context& server)
    : client_(SSL_new(client->native_handle())), server_(SSL_new(server->native_handle())) {
    BIO* a = nullptr;
    BIO* b = nullptr;
    BIO_new_bio_pair(&a, 0, &b, 0);
    SSL_set_bio(client_, a, a);
    SSL_set_bio(server_, b, b);
    SSL_set_connect_state(client_);
    SSL_set_accept_state(server_);
  }
  pair(const pair&) = delete;
  pair& operator=(const pair&) = delete;
  ~pair() {
    SSL_free(client_);
    SSL_free(server_);
  }

  /// @returns whether both sides have a connection.
  bool shake_hands() {
    for (int n = 0; n < 10; ++n) {
      const auto a = SSL_do_handshake(client_);
      const auto b = SSL_do_handshake(server_);
      if (a == 1 && b == 1)
        return SSL_version(client_) == TLS1_3_VERSION;
      if (is_over(client_, a) || is_over(server_, b))
        return false;
    }
    return false;
  }

  int server_signature() const {
    int out = 0;
    SSL_get_peer_signature_type_nid(client_, &out);
    return out;
  }
  int server_hash() const {
    int out = 0;
    SSL_get_peer_signature_nid(client_, &out);
    return out;
  }
  int chain_size() const { return sk_X509_num(SSL_get_peer_cert_chain(client_)); }

private:
  static bool is_over(const SSL* of, int got) {
    return got != 1 && SSL_get_error(of, got) != SSL_ERROR_WANT_READ;
  }

  SSL* client_;
  SSL* server_;
};

} // namespace

TEST_SUITE_BEGIN("client/remote_key");

TEST_CASE("a handshake asks for one signature of each side, whatever the key") {
  const issuer ca;
  for (const auto kind :
       {key_kind::p256, key_kind::p384, key_kind::p521, key_kind::rsa2048, key_kind::rsa3072}) {
    CAPTURE(crypto::name(kind));
    elsewhere server{ca, kind};
    elsewhere client{ca, kind};
    const auto server_side = server.open(atls::side::server, ca);
    const auto client_side = client.open(atls::side::client, ca);
    REQUIRE_MESSAGE(server_side, to_string(server_side.error()));
    REQUIRE(client_side);
    for (int n = 1; n <= 2; ++n) {
      pair connection{*client_side, *server_side};
      CHECK(connection.shake_hands());
      CHECK(connection.chain_size() == 2);
      CHECK(server.asked == n);
      CHECK(client.asked == n);
    }
    CHECK(server.told.empty());
  }
}

TEST_CASE("an RSA key signs as the peer will have it, with PSS alone") {
  const issuer ca;
  elsewhere server{ca, key_kind::rsa2048};
  const auto server_side = server.open(atls::side::server, ca);
  REQUIRE(server_side);
  for (const auto& [wanted, hash] : {std::pair{"rsa_pss_rsae_sha256:ECDSA+SHA256", NID_sha256},
                                     std::pair{"rsa_pss_rsae_sha384:ECDSA+SHA256", NID_sha384},
                                     std::pair{"rsa_pss_rsae_sha512:ECDSA+SHA256", NID_sha512}}) {
    CAPTURE(wanted);
    elsewhere client{ca, key_kind::p256};
    const auto client_side = client.open(atls::side::client, ca);
    REQUIRE(SSL_CTX_set1_sigalgs_list((*client_side)->native_handle(), wanted) == 1);
    pair connection{*client_side, *server_side};
    CHECK(connection.shake_hands());
    CHECK(connection.server_signature() == EVP_PKEY_RSA_PSS);
    CHECK(connection.server_hash() == hash);
  }
  CHECK(server.asked == 3);
}

TEST_CASE("a key that cannot sign ends the handshake, and says why") {
  const issuer ca;
  elsewhere server{ca, key_kind::p256};
  elsewhere client{ca, key_kind::p256};
  const auto server_side = server.open(atls::side::server, ca);
  const auto client_side = client.open(atls::side::client, ca);
  const auto told_for = [&](remote_signer sign) {
    server.sign = std::move(sign);
    server.told.clear();
    server.asked = 0;
    CHECK(!pair{*client_side, *server_side}.shake_hands());
    CHECK(server.asked == 1);
    return server.told;
  };
  CHECK(told_for([](auto, auto) -> result<bytes> {
          return error{errc::timeout, "the gateway"};
        })
        == "timeout: the gateway");
  for (const std::size_t size : {0U, 8U, 64U, 72U, 500U}) {
    CAPTURE(size);
    CHECK(told_for([&](auto, auto) { return bytes(size); })
          == "bad_signature: remote key: got " + std::to_string(size)
               + " bytes that are no signature of its certificate's key");
  }
  CHECK(told_for([&](auto hash, auto digest) {
          return testing::sign_digest(client.key, hash, digest);
        }).starts_with("bad_signature: "));
  CHECK(told_for([](auto, auto) -> result<bytes> { throw std::runtime_error{"broken"}; })
        == "internal: remote key: broken");
  server.sign = {};
  CHECK(pair{*client_side, *server_side}.shake_hands()); // the next one is none the worse
}

TEST_CASE("a key that is not the certificate's is refused before anybody connects") {
  const issuer ca;
  for (const auto kind : {key_kind::p256, key_kind::rsa2048}) {
    elsewhere server{ca, kind};
    server.chain = ca.chain_for(crypto::private_key::generate(kind)->public_half());
    const auto opened = server.open(atls::side::server, ca);
    REQUIRE(!opened);
    CHECK(opened.error().code == errc::bad_signature);
  }
  elsewhere mute{ca, key_kind::p256};
  mute.sign = [](auto, auto) -> result<bytes> { return error{errc::not_found, "key"}; };
  CHECK(mute.open(atls::side::server, ca).error().code == errc::not_found);
}

TEST_CASE("a key that was rotated costs one handshake, and the next shows its new certificate") {
  const issuer ca;
  for (const auto ours : {atls::side::server, atls::side::client}) {
    elsewhere rotated{ca, key_kind::p256};
    elsewhere other{ca, key_kind::p256};
    int renewals = 0;
    auto key = rotated.remote();
    key.renew = [&]() -> result<std::string> {
      ++renewals;
      return rotated.chain;
    };
    const auto own = atls::make_context(ours, {ca.file, "", "", true, [&](SSL_CTX* context) {
                                                 return use_remote_key(context, key);
                                               }});
    REQUIRE(own);
    const auto peer
      = other.open(ours == atls::side::server ? atls::side::client : atls::side::server, ca);
    const auto connects = [&] {
      return ours == atls::side::server ? pair{*peer, *own}.shake_hands()
                                        : pair{*own, *peer}.shake_hands();
    };
    CHECK(connects());
    CHECK(renewals == 0);
    rotated.key = *crypto::private_key::generate(key_kind::p384);
    rotated.chain = ca.chain_for(rotated.key.public_half());
    CHECK(!connects());
    CHECK(rotated.told.starts_with("bad_signature: "));
    CHECK(connects());
    CHECK(connects());
    CHECK(renewals == 1);
  }
}

TEST_CASE("a certificate that nobody gives anew leaves the one that there was") {
  const issuer ca;
  elsewhere server{ca, key_kind::p256};
  elsewhere client{ca, key_kind::p256};
  auto key = server.remote();
  key.renew = []() -> result<std::string> { return error{errc::unavailable, "the gateway"}; };
  const auto server_side = atls::make_context(atls::side::server,
                                              {ca.file, "", "", true, [&](SSL_CTX* context) {
                                                 return use_remote_key(context, key);
                                               }});
  REQUIRE(server_side);
  const auto client_side = client.open(atls::side::client, ca);
  server.sign = [](auto, auto) { return bytes(8); };
  CHECK(!pair{*client_side, *server_side}.shake_hands());
  server.sign = {};
  CHECK(pair{*client_side, *server_side}.shake_hands());
  CHECK(server.told == "unavailable: the gateway");
}

TEST_CASE("a certificate that cannot be used is refused") {
  const issuer ca;
  elsewhere server{ca, key_kind::ed25519};
  CHECK(server.open(atls::side::server, ca).error().code == errc::unsupported);
  server.chain = "no PEM";
  CHECK(server.open(atls::side::server, ca).error().code == errc::malformed);
  elsewhere good{ca, key_kind::p256};
  const auto twice = atls::make_context(
    atls::side::server, {ca.file, "", "", true, [&](SSL_CTX* context) {
                           const auto first = use_remote_key(context, good.remote());
                           return first ? use_remote_key(context, good.remote()) : first;
                         }});
  REQUIRE(!twice);
  CHECK(twice.error().code == errc::conflict);
}

TEST_CASE("many connections sign at the same time") {
  const issuer ca;
  elsewhere server{ca, key_kind::p256};
  elsewhere client{ca, key_kind::p384};
  const auto server_side = server.open(atls::side::server, ca);
  const auto client_side = client.open(atls::side::client, ca);
  constexpr int threads = 8;
  constexpr int each = 10;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> running;
    for (int n = 0; n < threads; ++n)
      running.emplace_back([&] {
        for (int m = 0; m < each; ++m)
          good += pair{*client_side, *server_side}.shake_hands() ? 1 : 0;
      });
  }
  CHECK(good == threads * each);
  CHECK(server.asked == threads * each);
  CHECK(client.asked == threads * each);
}

TEST_CASE("other keys of this process are none of its business") {
  const issuer ca;
  elsewhere server{ca, key_kind::p256};
  REQUIRE(server.open(atls::side::server, ca));
  const auto own = crypto::private_key::generate(key_kind::p256);
  REQUIRE(own);
  const auto signed_by_us = own->sign(own->default_algorithm(), to_bytes("text"));
  REQUIRE(signed_by_us);
  CHECK(own->public_half().verify(own->default_algorithm(), to_bytes("text"), *signed_by_us));
  CHECK(server.asked == 0);
}

TEST_CASE("a key that a provider of OpenSSL's holds signs, whatever its kind") {
  const issuer by;
  for (const auto kind : {key_kind::p256, key_kind::p384, key_kind::rsa2048}) {
    CAPTURE(crypto::name(kind));
    elsewhere server{by, kind};
    const auto file = (by.folder.path() / "stored.pem").string();
    std::ofstream{file} << server.key.pem();
    const auto stored = open_stored_key(file, "default"); // opens files, as any
    REQUIRE(stored);
    server.sign = *stored;
    elsewhere client{by, key_kind::p256};
    const auto ours = client.open(atls::side::client, by);
    const auto theirs = server.open(atls::side::server, by);
    REQUIRE(ours);
    REQUIRE(theirs);
    CHECK(pair{*ours, *theirs}.shake_hands());
  }
}

TEST_CASE("a key that no provider holds is named") {
  const testing::temporary_folder folder;
  const auto refusal = [](const std::string& uri, const std::string& provider) {
    const auto opened = open_stored_key(uri, provider);
    return opened ? "none" : std::string{name(opened.error().code)};
  };
  const auto absent = (folder.path() / "absent").string();
  CHECK(refusal(absent, "no-such") == "unsupported");
  CHECK(refusal(absent, "default") == "not_found");
  std::ofstream{folder.path() / "certificate.pem"} << issuer{}.certificate.pem();
  CHECK(refusal((folder.path() / "certificate.pem").string(), "default") == "not_found");
  CHECK(use_stored_key(absent, absent, "default", {}).error().code == errc::not_found);
}

TEST_SUITE_END();
