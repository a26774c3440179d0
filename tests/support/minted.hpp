#pragma once

#include "shared/crypto/issue.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace troth::testing {

/// When minted certificates are valid: ten years from the first of these to the last.
inline const time_point minted_from = std::chrono::sys_days{std::chrono::year{2024} / 1 / 1};
inline const time_point minted_now = std::chrono::sys_days{std::chrono::year{2026} / 6 / 1};
inline const time_point minted_until = std::chrono::sys_days{std::chrono::year{2034} / 1 / 1};

/// A key and a certificate for it.
struct identity {
  crypto::private_key key;
  crypto::certificate certificate;
};

template <class T>
T minted(result<T> made) {
  if (!made)
    throw std::runtime_error{to_string(made.error())};
  return *std::move(made);
}

/// Content that only wants its purpose: an end entity of this name.
inline crypto::certificate_content leaf_content(std::string name, std::string eku = {}) {
  crypto::certificate_content content;
  content.subject = {std::move(name), "Troth tests"};
  content.key_usages = {crypto::key_usage::digital_signature};
  if (!eku.empty())
    content.extended_key_usages = {std::move(eku)};
  content.not_before = minted_from;
  content.not_after = minted_until;
  return content;
}

/// The same for a CA.
inline crypto::certificate_content ca_content(std::string name) {
  auto content = leaf_content(std::move(name));
  content.key_usages = {crypto::key_usage::certificate_sign, crypto::key_usage::crl_sign};
  content.ca = crypto::authority{};
  return content;
}

/// Makes a root of trust.
inline identity mint_root(const crypto::certificate_content& content,
                          crypto::key_kind kind = crypto::key_kind::p256) {
  auto key = minted(crypto::private_key::generate(kind));
  auto root = minted(crypto::self_sign(content, key));
  return {std::move(key), std::move(root)};
}

/// Makes a key and a certificate for it from `ca`.
inline identity mint(const crypto::certificate_content& content, const identity& ca,
                     crypto::key_kind kind = crypto::key_kind::p256) {
  auto key = minted(crypto::private_key::generate(kind));
  auto issued = minted(crypto::issue(content, key.public_half(), ca.certificate, ca.key));
  return {std::move(key), std::move(issued)};
}

} // namespace troth::testing
