#pragma once

#include "shared/base/bytes.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/key.hpp"
#include "shared/endorsement/certified_key.hpp"
#include "tests/support/ek_vendor.hpp"

#include <cstdint>
#include <utility>

namespace troth::testing {

/// A TLS key in a TPM that is none, and what that TPM says of it. A test spoils one thing.
struct minted_tls_key {
  /// fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, sign.
  static constexpr std::uint32_t attributes = 0x0004'0072;

  minted_tls_key() {
    area.attributes = attributes;
    area.scheme = 0x0010; // each use chooses its own
  }

  /// What it says, answering `nonce`: unsigned.
  bytes attest(const bytes& nonce) const {
    bytes out{0xFF, 'T', 'C', 'G', 0x80, 0x17, 0, 0, 0, static_cast<std::uint8_t>(nonce.size())};
    out.insert(out.end(), nonce.begin(), nonce.end());
    out.resize(out.size() + 8 + 4 + 4 + 1 + 8); // clock, resets, restarts, safe, firmware
    const auto hashed = crypto::hash(hash_algorithm::sha256, area.marshalled());
    out.insert(out.end(), {0, 34, 0x00, 0x0B});
    out.insert(out.end(), hashed.view().begin(), hashed.view().end());
    out.insert(out.end(), {0, 0});
    return out;
  }

  /// Signs a statement with an attestation key on P-256.
  static bytes sign(const bytes& attest, const crypto::private_key& ak) {
    const auto raw = *ak.sign({signature_scheme::ecdsa, hash_algorithm::sha256}, attest);
    bytes out{0x00, 0x18, 0x00, 0x0B};
    for (const auto half : {byte_view{raw}.first(32), byte_view{raw}.last(32)}) {
      out.insert(out.end(), {0, 32});
      out.insert(out.end(), half.begin(), half.end());
    }
    return out;
  }

  endorsement::key_statement certified(const bytes& nonce, const crypto::private_key& ak) const {
    auto said = attest(nonce);
    auto signature = sign(said, ak);
    return {area.marshalled(), std::move(said), std::move(signature)};
  }

  crypto::private_key key = *crypto::private_key::generate(crypto::key_kind::p256);
  tpm_public area = ek_vendor::area_of(key.public_half());
};

} // namespace troth::testing
