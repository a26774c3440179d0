#pragma once

#include "shared/base/hex.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/key.hpp"
#include "shared/link/link.hpp"
#include "tests/support/temporary_folder.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace troth::testing {

/// A CA and certificates of one role each, in files: what a deployment's TLS takes.
class tls_pki {
public:
  tls_pki() {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(ca_.get()), "CN", MBSTRING_ASC,
                               bytes_of("test CA"), -1, -1, 0);
    sign(ca_.get(), key_,
         {{NID_basic_constraints, "critical,CA:TRUE"},
          {NID_key_usage, "critical,keyCertSign,cRLSign"}});
    write_certificate("ca.pem", ca_.get());
  }

  /// Returns the files of a new certificate with these URIs, which its name says too.
  /// @param hosts in OpenSSL's form.
  link::credentials issue(const std::string& name, const std::vector<std::string>& uris,
                          const std::string& hosts = "DNS:localhost,IP:127.0.0.1") {
    const auto key = *crypto::private_key::generate(crypto::key_kind::p256);
    const certificate made{X509_new()};
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                               bytes_of(name), -1, -1, 0);
    auto names = hosts;
    for (const auto& uri : uris)
      names += (names.empty() ? "URI:" : ",URI:") + uri;
    sign(made.get(), key,
         {{NID_ext_key_usage, "serverAuth,clientAuth"}, {NID_subject_alt_name, names.c_str()}});
    write_certificate(name + ".pem", made.get());
    std::ofstream{path(name + ".key")} << key.pem();
    return {path("ca.pem"), path(name + ".pem"), path(name + ".key"), ""};
  }

  link::credentials issue(const std::string& role) { return issue(role, {role_uri(role)}); }

  static std::string role_uri(const std::string& role) {
    return std::string{link::role_uri} + role;
  }

  /// Returns the SHA-256 of a certificate that was issued, in hex.
  static std::string fingerprint(const link::credentials& of) {
    std::ifstream in{of.certificate};
    const std::string pem{std::istreambuf_iterator<char>{in}, {}};
    return hex(crypto::certificate::from_pem(pem)->front().sha256().view());
  }

  std::string path(const std::string& file) const { return (folder_.path() / file).string(); }

private:
  struct free_certificate {
    void operator()(X509* p) const { X509_free(p); }
  };
  using certificate = std::unique_ptr<X509, free_certificate>;
  struct extension {
    int nid;
    const char* value;
  };

  static const unsigned char* bytes_of(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.c_str());
  }

  void sign(X509* made, const crypto::private_key& key, const std::vector<extension>& with) {
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_set_issuer_name(made, X509_get_subject_name(ca_.get()));
    X509_set_pubkey(made, key.get());
    X509V3_CTX context;
    X509V3_set_ctx(&context, ca_.get(), made, nullptr, nullptr, 0);
    for (const auto& one : with) {
      auto* made_extension = X509V3_EXT_conf_nid(nullptr, &context, one.nid, one.value);
      X509_add_ext(made, made_extension, -1);
      X509_EXTENSION_free(made_extension);
    }
    X509_sign(made, key_.get(), EVP_sha256());
  }

  void write_certificate(const std::string& file, X509* made) {
    auto* out = std::fopen(path(file).c_str(), "w");
    PEM_write_X509(out, made);
    std::fclose(out);
  }

  temporary_folder folder_;
  crypto::private_key key_ = *crypto::private_key::generate(crypto::key_kind::p256);
  certificate ca_{X509_new()};
  long serial_ = 0;
};

} // namespace troth::testing
