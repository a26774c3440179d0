#pragma once

#include "shared/base/bytes.hpp"

#include <cstdint>

namespace troth::testing {

/// TPMT_PUBLIC of a key on P-256, field by field; what it starts as is an attestation key.
struct tpm_public {
  std::uint16_t name_algorithm = 0x000B; // SHA-256
  std::uint32_t attributes = 0x0005'0072;
  bytes auth_policy;
  std::uint16_t symmetric = 0x0010; // none; else AES-128-CFB
  std::uint16_t scheme = 0x0018;    // ECDSA; 0x0010 for none
  std::uint16_t scheme_hash = 0x000B;
  std::uint16_t curve = 0x0003; // P-256
  bytes x = bytes(32, 0);       // the generator, unless set
  bytes y = bytes(32, 0);

  bytes marshalled() const {
    bytes out;
    const auto u16 = [&](std::size_t value) {
      out.push_back(static_cast<std::uint8_t>(value >> 8 & 0xFF));
      out.push_back(static_cast<std::uint8_t>(value & 0xFF));
    };
    const auto sized = [&](const bytes& value) {
      u16(value.size());
      out.insert(out.end(), value.begin(), value.end());
    };
    u16(0x0023);
    u16(name_algorithm);
    u16(attributes >> 16);
    u16(attributes & 0xFFFF);
    sized(auth_policy);
    u16(symmetric);
    if (symmetric != 0x0010) {
      u16(128);
      u16(0x0043);
    }
    u16(scheme);
    if (scheme != 0x0010)
      u16(scheme_hash);
    u16(curve);
    u16(0x0010); // no KDF
    sized(x);
    sized(y);
    return out;
  }
};

} // namespace troth::testing
