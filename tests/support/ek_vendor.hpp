#pragma once

#include "shared/crypto/issue.hpp"
#include "tests/support/tpm_public.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace troth::testing {

/// A vendor of TPMs: a root, a CA below it, and endorsement keys that it certifies.
struct ek_vendor {
  static constexpr time_point now = time_point{std::chrono::hours{24 * 365 * 50}};
  static constexpr auto day = std::chrono::hours{24};

  struct endorsement_key {
    crypto::certificate certificate;
    tpm_public area;
    crypto::private_key key;
  };

  static crypto::certificate_content content(std::string name) {
    crypto::certificate_content out;
    out.subject.common_name = std::move(name);
    out.not_before = now - 10 * day;
    out.not_after = now + 10 * day;
    return out;
  }

  static crypto::certificate_content ca_content(std::string name) {
    auto out = content(std::move(name));
    out.ca.emplace();
    out.key_usages = {crypto::key_usage::certificate_sign};
    return out;
  }

  static crypto::certificate_content ek_content() {
    auto out = content("EK");
    out.extended_key_usages = {std::string{crypto::eku::tpm_ek}};
    return out;
  }

  /// Coordinates of a key on P-256, out of its SubjectPublicKeyInfo, which ends in them.
  static tpm_public area_of(const crypto::public_key& key) {
    const auto spki = key.der();
    tpm_public out;
    out.x = bytes(spki.end() - 64, spki.end() - 32);
    out.y = bytes(spki.end() - 32, spki.end());
    return out;
  }

  /// Certifies a fresh key as `content` says.
  endorsement_key make(const crypto::certificate_content& content = ek_content()) const {
    const auto key = *crypto::private_key::generate(crypto::key_kind::p256);
    auto area = area_of(key.public_half());
    area.attributes = 0x0003'00B2; // of template L-2
    area.symmetric = 0x0006;
    area.scheme = 0x0010;
    return {*crypto::issue(content, key.public_half(), intermediate, intermediate_key), area, key};
  }

  /// What an EST server is configured with.
  std::vector<crypto::certificate> certificates() const { return {intermediate, root}; }

  crypto::private_key root_key = *crypto::private_key::generate(crypto::key_kind::p256);
  crypto::private_key intermediate_key = *crypto::private_key::generate(crypto::key_kind::p256);
  crypto::certificate root = *crypto::self_sign(ca_content("vendor root"), root_key);
  crypto::certificate intermediate = *crypto::issue(ca_content("vendor CA"),
                                                    intermediate_key.public_half(), root, root_key);
};

} // namespace troth::testing
