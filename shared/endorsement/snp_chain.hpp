#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/revocation_list.hpp"
#include "shared/evidence/snp/tcb.hpp"

#include <optional>
#include <span>
#include <vector>

namespace troth::endorsement {

/// Returns SHA-256 over the public keys (SubjectPublicKeyInfo) of AMD's roots: ARK-Milan,
/// ARK-Genoa, ARK-Turin.
std::span<const digest> amd_root_keys();

/// Returns those of `carried` that vouch for themselves with a key of `pins`. A carried root
/// is as good as one of our own, since it is the key that is trusted.
std::vector<crypto::certificate> pinned_roots(std::span<const crypto::certificate> carried,
                                              std::span<const digest> pins);

/// Returns the product line of a root, from the `ARK-` name that AMD gave it.
std::optional<evidence::snp::product_line> product_of_root(const crypto::certificate& root);

/// Finds and checks the path from a VCEK over the ASK, or from a VLEK over the ASVK, to an ARK.
///
/// @param roots what ends a path: nothing is built in.
/// @returns VEK, ASK or ASVK, ARK. `untrusted` without such a path, or if the one in the middle
///          is not named as the key's kind wants it; `expired`; `weak` unless each signature is
///          RSASSA-PSS with SHA-384; what `read_vek_extensions` returns.
/// @see AMD 57230, 2.1 (certificate chain of trust)
result<std::vector<crypto::certificate>>
verify_vek_chain(const crypto::certificate& vek, std::span<const crypto::certificate> intermediates,
                 std::span<const crypto::certificate> roots, time_point at);

/// Checks that AMD did not take the ASK or ASVK of a verified path back. VEKs have no serial
/// numbers to revoke.
///
/// @param path what `verify_vek_chain` returned.
/// @returns `untrusted` if it did; what `revocation_list::verify` returns.
/// @see AMD 57230, 4.3 (the ARK signs the list)
result<void> check_revocation(std::span<const crypto::certificate> path,
                              const crypto::revocation_list& list, time_point at);

} // namespace troth::endorsement
