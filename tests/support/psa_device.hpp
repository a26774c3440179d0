#pragma once

#include "shared/appraisal/psa.hpp"
#include "shared/base/hex.hpp"
#include "shared/codec/cose_sign1.hpp"
#include "shared/evidence/psa/token.hpp"
#include "tests/support/minted.hpp"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace troth::testing {

/// A device with a PSA root of trust, as the default policy affirms it, and who appraises it. A
/// test spoils one thing and asks for the result.
struct psa_device {
  psa_device() {
    said.profile = evidence::psa::profile_iot_1;
    said.client_id = -1;
    said.lifecycle = 0x3000;
    said.implementation_id = bytes(32, 1);
    said.instance_id = bytes(33, 7);
    for (const auto byte : {std::uint8_t{3}, std::uint8_t{4}}) {
      said.software.push_back({"SPE", bytes(32, byte), "1.0.0", bytes(32, 9), "SHA256"});
      add_reference(*digest::from(hash_algorithm::sha256, bytes(32, byte)));
    }
    fingerprints = {hex(ca.certificate.sha256().view())};
  }

  void add_reference(const digest& value) {
    auto& made = references.emplace_back();
    made.name = "measurement";
    made.hashes = {value};
  }

  /// Signs what the device says, with the hash of the context unless a test has put another.
  report::measurement_result appraise(appraisal::ledger& book) {
    report::context claims;
    auto& collateral = claims.collaterals.emplace_back();
    collateral.type = report::ias_evidence;
    collateral.certificates = {key.certificate.der(), ca.certificate.der()};
    const auto context_bytes = report::write_context(claims, report::encoding::cbor);
    const crypto::hashed context{claims, context_bytes, hash_algorithm::sha256};
    auto token = said;
    if (token.nonce.empty())
      token.nonce = copy(context.sum().view());
    const auto algorithm = key.key.default_algorithm();
    const codec::signer by{algorithm, {}, [&](byte_view data) {
                             return (signs_as ? *signs_as : key).key.sign(algorithm, data);
                           }};
    report::evidence evidence;
    evidence.type = report::ias_evidence;
    evidence.body = minted(codec::write_cose_sign1(evidence::psa::write_token(token), {}, by));
    if (spoil)
      spoil(evidence.body);
    std::vector<appraisal::reference> values;
    for (const auto& each : references)
      values.push_back({&each, 0});
    appraisal::certificate_pool pool{roots, minted_now, {}};
    auto result = appraisal::appraise_psa({evidence, context, values}, pool, fingerprints, book);
    for (auto& artifact : result.artifacts)
      artifact.what = nullptr; // it ends with the device
    return result;
  }

  identity ca = mint_root(ca_content("PSA CA"));
  identity key = mint(leaf_content("device"), ca);
  const identity* signs_as = nullptr;
  std::vector<crypto::certificate> roots{ca.certificate};
  std::vector<std::string> fingerprints;
  evidence::psa::token said;
  std::vector<report::component> references;
  std::function<void(bytes&)> spoil; ///< The signed token; may be empty.
};

} // namespace troth::testing
