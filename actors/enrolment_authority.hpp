#pragma once

#include "actors/enrolment_registry.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/key.hpp"
#include "shared/protocol/messages.hpp"

#include <functional>
#include <utility>
#include <vector>

namespace troth::actors {

/// Who certifies attestation keys, and whom it believes.
struct authority_keys {
  std::vector<crypto::certificate> vendors;  ///< Roots and intermediates of TPM vendors.
  std::vector<crypto::certificate> ca_chain; ///< Of the CA for attestation keys, its own first.
  crypto::private_key ca_key;
};

/// Certifies the attestation keys of TPMs.
class enrolment_authority {
public:
  struct ports {
    std::function<time_point()> now;
    std::function<result<bytes>(std::size_t)> random;
  };

  enrolment_authority(authority_keys keys, enrolment_registry registry, ports outside)
    : keys_(std::move(keys)), registry_(std::move(registry)), outside_(std::move(outside)) {
    // nop
  }

  /// Issues a certificate which only the TPM that holds both keys can open.
  ///
  /// @returns `malformed`, `weak`, `unsupported`, `truncated`, `trailing`, `too_large` for a name
  /// or
  ///          keys that are not what they must be; `untrusted`, `expired` for the endorsement key's
  ///          certificate; `conflict` for a name of another TPM, or a TPM of another name.
  /// @see TPM 2.0 Library, Part 1, 24 (Credential Protection)
  result<protocol::enrol_response> enrol(const protocol::enrol_request& request) const;

private:
  authority_keys keys_;
  enrolment_registry registry_;
  ports outside_;
};

} // namespace troth::actors
