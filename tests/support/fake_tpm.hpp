#pragma once

#include "shared/crypto/hash.hpp"
#include "shared/crypto/key.hpp"
#include "shared/device/tpm.hpp"
#include "tests/support/tpm_public.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace troth::testing {

/// What a TPM that is no TPM remembers, also when nobody is connected to it.
struct fake_tpm_state {
  std::vector<digest> pcrs = std::vector<digest>(24, digest{hash_algorithm::sha256});
  crypto::private_key key = *crypto::private_key::generate(crypto::key_kind::p256);
  device::endorsement_key endorsement{to_bytes("EK certificate"), to_bytes("EK area")};
  std::string seed = "seed";      ///< Another one: the TPM was cleared.
  bytes secret = bytes(32, 0x42); ///< What `activate` returns.
  bool is_on = true;
  int opened = 0;
  int made_keys = 0;
  std::map<std::uint32_t, bytes> kept_keys;      ///< TPMT_PUBLIC by handle.
  std::map<std::uint32_t, bytes> nv;             ///< By index.
  std::map<bytes, crypto::private_key> tls_keys; ///< By TPMT_PUBLIC.
};

/// A TPM in memory: its registers can be set, it can be switched off and cleared.
class fake_tpm final : public device::tpm {
public:
  explicit fake_tpm(fake_tpm_state& state) : state_(state) { ++state_.opened; }

  result<device::endorsement_key> endorsement() override {
    if (!state_.is_on)
      return off;
    return state_.endorsement;
  }

  result<device::key_blob> create_key(device::key_algorithm) override {
    if (!state_.is_on)
      return off;
    ++state_.made_keys;
    state_.key = *crypto::private_key::generate(crypto::key_kind::p256);
    return device::key_blob{area_of(state_.key), to_bytes(state_.seed)};
  }

  result<void> load_key(const device::key_blob& key) override {
    if (!state_.is_on)
      return off;
    if (to_text(key.private_area) != state_.seed || key.public_area != area_of(state_.key))
      return error{errc::conflict, "fake"};
    return {};
  }

  result<bytes> use_kept_key(std::uint32_t handle) override {
    return found(state_.kept_keys, handle);
  }

  result<void> keep_key(std::uint32_t handle) override {
    if (!state_.is_on)
      return off;
    state_.kept_keys[handle] = area_of(state_.key);
    return {};
  }

  result<bytes> read_nv(std::uint32_t index) override { return found(state_.nv, index); }

  result<void> write_nv(std::uint32_t index, byte_view content) override {
    if (!state_.is_on)
      return off;
    state_.nv[index] = copy(content);
    return {};
  }

  result<bytes> activate(byte_view, byte_view) override {
    if (!state_.is_on)
      return off;
    return state_.secret;
  }

  result<device::signed_quote> quote(byte_view nonce, const device::pcr_set& pcrs) override {
    if (!state_.is_on)
      return off;
    device::signed_quote out;
    out.attest = attest(nonce, pcrs);
    const auto signature = state_.key.sign({signature_scheme::ecdsa, hash_algorithm::sha256},
                                           out.attest);
    out.signature = {0x00, 0x18, 0x00, 0x0B};
    for (const auto half : {byte_view{*signature}.first(32), byte_view{*signature}.last(32)}) {
      out.signature.insert(out.signature.end(), {0, 32});
      out.signature.insert(out.signature.end(), half.begin(), half.end());
    }
    return out;
  }

  result<device::key_blob> create_tls_key(crypto::key_kind kind) override {
    if (!state_.is_on)
      return off;
    if (kind != crypto::key_kind::p256)
      return error{errc::unsupported, "fake"};
    const auto key = *crypto::private_key::generate(kind);
    state_.tls_keys.insert_or_assign(area_of(key), key);
    return device::key_blob{area_of(key), to_bytes(state_.seed)};
  }

  result<device::signed_certification> certify_tls_key(const device::key_blob& key,
                                                       byte_view nonce) override {
    if (const auto own = found_tls_key(key); !own)
      return own.error();
    return device::signed_certification{copy(nonce), to_bytes("by the AK")};
  }

  result<bytes> sign(const device::key_blob& key, const digest& of) override {
    const auto own = found_tls_key(key);
    if (!own)
      return own.error();
    return own->sign_for_tls(of);
  }

  result<std::vector<digest>> read_pcrs(const device::pcr_set& pcrs) override {
    if (!state_.is_on)
      return off;
    std::vector<digest> out;
    for (const auto pcr : pcrs.indices)
      out.push_back(state_.pcrs[pcr]);
    return out;
  }

  result<std::vector<hash_algorithm>> active_banks() override {
    return std::vector{hash_algorithm::sha256};
  }

  result<void> extend(std::uint32_t pcr, const std::vector<digest>& values) override {
    if (!state_.is_on)
      return off;
    for (const auto& value : values)
      if (value.algorithm() == hash_algorithm::sha256)
        crypto::extend(state_.pcrs[pcr], value.view());
    return {};
  }

private:
  inline static const error off{errc::io, "fake TPM is off"};

  result<crypto::private_key> found_tls_key(const device::key_blob& key) const {
    if (!state_.is_on)
      return off;
    const auto at = state_.tls_keys.find(key.public_area);
    if (at == state_.tls_keys.end() || to_text(key.private_area) != state_.seed)
      return error{errc::conflict, "fake"};
    return at->second;
  }

  result<bytes> found(const std::map<std::uint32_t, bytes>& in, std::uint32_t handle) const {
    if (!state_.is_on)
      return off;
    const auto at = in.find(handle);
    if (at == in.end())
      return error{errc::not_found, "fake"};
    return at->second;
  }

  static bytes area_of(const crypto::private_key& key) {
    const auto spki = key.public_half().der(); // ends in the coordinates
    tpm_public out;
    out.x = bytes(spki.end() - 64, spki.end() - 32);
    out.y = bytes(spki.end() - 32, spki.end());
    return out.marshalled();
  }

  /// TPMS_ATTEST of a quote.
  bytes attest(byte_view nonce, const device::pcr_set& pcrs) const {
    bytes joined;
    bytes bitmap(3, 0);
    for (const auto pcr : pcrs.indices) {
      const auto value = state_.pcrs[pcr].view();
      joined.insert(joined.end(), value.begin(), value.end());
      bitmap[pcr / 8] = static_cast<std::uint8_t>(bitmap[pcr / 8] | 1U << pcr % 8);
    }
    bytes out{0xFF, 'T', 'C', 'G', 0x80, 0x18, 0, 0, 0, static_cast<std::uint8_t>(nonce.size())};
    out.insert(out.end(), nonce.begin(), nonce.end());
    out.resize(out.size() + 8 + 4 + 4);
    out.push_back(1);
    out.resize(out.size() + 8);
    out.insert(out.end(), {0, 0, 0, 1, 0x00, 0x0B, 3});
    out.insert(out.end(), bitmap.begin(), bitmap.end());
    const auto digest = crypto::hash(hash_algorithm::sha256, joined);
    out.insert(out.end(), {0, 32});
    out.insert(out.end(), digest.view().begin(), digest.view().end());
    return out;
  }

  fake_tpm_state& state_;
};

} // namespace troth::testing
