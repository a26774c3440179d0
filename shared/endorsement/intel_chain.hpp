#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/revocation_list.hpp"
#include "shared/endorsement/intel_pck.hpp"

#include <span>
#include <vector>

namespace troth::endorsement::intel {

/// Returns SHA-256 over the public key (SubjectPublicKeyInfo) of the Intel SGX Root CA.
std::span<const digest> root_keys();

/// Finds and checks the path from a PCK certificate over Intel's Platform or Processor CA to a
/// root.
///
/// @param carried the PCK certificate first; roots among them are passed over.
/// @param roots what ends a path: nothing is built in.
/// @returns PCK certificate, CA, root; `missing` if nothing is carried; `untrusted` without such a
///          path, or if one is not named as Intel names it; `expired`; `weak`.
/// @see Intel SGX PCK Certificate and CRL Profile Specification 1.5, 1.3
result<std::vector<crypto::certificate>>
verify_pck_chain(std::span<const crypto::certificate> carried,
                 std::span<const crypto::certificate> roots, time_point at);

/// Likewise for who signs TCB info and enclave identities. @returns signer, root.
result<std::vector<crypto::certificate>>
verify_signing_chain(std::span<const crypto::certificate> carried,
                     std::span<const crypto::certificate> roots, time_point at);

/// Checks that a PCK certificate is from the CA for platforms of its kind: one with a platform
/// instance id from the Platform CA, one without from the Processor CA.
/// @returns `untrusted`.
result<void> check_ca_kind(const pck_extension& pck, const crypto::certificate& ca);

/// Checks that a list names none of `certificates`.
/// @returns `untrusted` if it does.
result<void> check_not_listed(std::span<const crypto::certificate> certificates,
                              const crypto::revocation_list& list);

/// Checks that `issuer`, who must be in the list's own chain, did not take `certificates` back.
/// @returns `untrusted` if it did, and what `revocation_list::verify` returns.
result<void> check_revocation(std::span<const crypto::certificate> certificates,
                              const crypto::revocation_list& list,
                              const crypto::certificate& issuer, time_point at);

} // namespace troth::endorsement::intel
