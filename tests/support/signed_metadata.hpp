#pragma once

#include "shared/codec/cose.hpp"
#include "shared/codec/jws.hpp"
#include "shared/crypto/key.hpp"
#include "shared/report/metadata.hpp"

#include <array>
#include <string>

namespace troth::testing {

/// Signs a metadata item with a key that nobody knows: a JWS or a COSE_Sign.
inline bytes sign_metadata(const report::metadata_item& item, report::encoding as) {
  static const auto key = *crypto::private_key::generate(crypto::key_kind::p256);
  const auto algorithm = key.default_algorithm();
  const std::array signers{
    codec::signer{algorithm, {}, [=](byte_view message) { return key.sign(algorithm, message); }}};
  const auto payload = report::write_metadata(item, as);
  if (as == report::encoding::cbor)
    return *codec::write_cose(payload, signers);
  return to_bytes(*codec::write_jws(payload, signers, codec::jws_form::flattened));
}

/// A manifest that says little.
inline report::manifest small_manifest(std::string name, std::string version) {
  report::manifest out;
  out.info.name = std::move(name);
  out.info.version = std::move(version);
  out.base_layers = {out.info.name};
  return out;
}

} // namespace troth::testing
