#pragma once

#include "services/ports.hpp"
#include "shared/base/hex.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/issue.hpp"
#include "shared/crypto/key.hpp"
#include "shared/protocol/messages.hpp"
#include "shared/wire/tls_keys.hpp"
#include "tests/support/remote_signers.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace troth::testing {

/// TLS keys as a prover keeps them, with a CA of their own, which stands last in each chain.
class fake_keys {
public:
  /// Does what is asked. @returns what a prover answers, with its media type.
  result<protocol::payload> answer(const protocol::tls_key_request& asked) {
    namespace act = protocol::tls_key_action;
    if (asked.action == act::create)
      return create(asked);
    if (asked.action == act::list)
      return list(asked);
    const auto at = keys_.find(asked.id);
    if (at == keys_.end() || !is_for(asked, at->second))
      return error{errc::not_found, "key " + asked.id};
    auto& key = at->second;
    if (asked.action == act::certificate)
      return told(std::string{wire::pem_chain_media_type}, key.chain);
    if (asked.action == act::sign)
      return sign(asked, key);
    if (asked.action == act::rotate)
      return rotate(key);
    keys_.erase(at);
    return list(asked);
  }

private:
  struct kept_key {
    wire::tls_key about;
    crypto::private_key key;
    std::string chain;
  };

  static protocol::payload told(std::string type, const std::string& body) {
    return {std::move(type), body, {}, body.size()};
  }

  static bool is_for(const protocol::tls_key_request& asked, const kept_key& key) {
    return asked.is_of_all || key.about.owner == asked.caller;
  }

  static std::string make_id() {
    auto out = hex(*services::kernel_random(16));
    for (const std::size_t at : {8, 13, 18, 23})
      out.insert(at, "-");
    return out;
  }

  static result<crypto::private_key> make_key(const std::string& algorithm) {
    const std::map<std::string, crypto::key_kind> kinds{{"EC256", crypto::key_kind::p256},
                                                        {"EC384", crypto::key_kind::p384},
                                                        {"RSA2048", crypto::key_kind::rsa2048},
                                                        {"RSA3072", crypto::key_kind::rsa3072}};
    const auto kind = kinds.find(algorithm);
    if (kind == kinds.end())
      return error{errc::unsupported, "algorithm: " + algorithm};
    return crypto::private_key::generate(kind->second);
  }

  static crypto::certificate_content content_for(const std::string& name) {
    crypto::certificate_content out;
    out.subject.common_name = name;
    out.not_before = services::system_now() - std::chrono::hours{1};
    out.not_after = services::system_now() + std::chrono::hours{24};
    return out;
  }

  static crypto::certificate make_ca(const crypto::private_key& key) {
    auto content = content_for("CA of TLS keys");
    content.ca.emplace();
    content.key_usages = {crypto::key_usage::certificate_sign};
    return *crypto::self_sign(content, key);
  }

  result<std::string> certify(const wire::tls_key& about, const crypto::private_key& key) const {
    auto content = content_for(about.common_name);
    content.dns_names = about.dns_names;
    content.ip_addresses = about.ip_addresses;
    const auto made = crypto::issue(content, key.public_half(), ca_, ca_key_);
    if (!made)
      return made.error();
    return made->pem() + ca_.pem();
  }

  result<protocol::payload> create(const protocol::tls_key_request& asked) {
    if (asked.kind != "tpm" && asked.kind != "sw")
      return error{errc::unsupported, "type: " + asked.kind};
    auto key = make_key(asked.algorithm);
    if (!key)
      return key.error();
    const auto now = services::system_now();
    wire::tls_key about{
      make_id(),         asked.kind,       asked.algorithm,
      asked.common_name, asked.dns_names,  asked.ip_addresses,
      asked.caller,      format_time(now), format_time(now + std::chrono::hours{24})};
    const auto chain = certify(about, *key);
    if (!chain)
      return chain.error();
    keys_.emplace(about.id, kept_key{about, *std::move(key), *chain});
    return told("application/json", wire::write_tls_keys({about}));
  }

  result<protocol::payload> list(const protocol::tls_key_request& asked) const {
    std::vector<wire::tls_key> out;
    for (const auto& [id, key] : keys_)
      if (is_for(asked, key))
        out.push_back(key.about);
    return told("application/json", wire::write_tls_keys(out));
  }

  static result<protocol::payload> sign(const protocol::tls_key_request& asked,
                                        const kept_key& key) {
    const auto hash = parse_hash_algorithm(asked.hash);
    if (!hash)
      return hash.error();
    const auto made = sign_digest(key.key, *hash, protocol::to_bytes(asked.digest));
    if (!made)
      return made.error();
    return told("application/octet-stream", protocol::to_blob(*made));
  }

  result<protocol::payload> rotate(kept_key& of) const {
    auto key = make_key(of.about.algorithm);
    const auto chain = key ? certify(of.about, *key) : result<std::string>{key.error()};
    if (!chain)
      return chain.error();
    of.key = *std::move(key);
    of.chain = *chain;
    return told("application/json", wire::write_tls_keys({of.about}));
  }

  crypto::private_key ca_key_ = *crypto::private_key::generate(crypto::key_kind::p256);
  crypto::certificate ca_ = make_ca(ca_key_);
  std::map<std::string, kept_key> keys_;
};

} // namespace troth::testing
