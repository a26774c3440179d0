#pragma once

#include "shared/appraisal/evidence_inputs.hpp"
#include "shared/appraisal/ledger.hpp"
#include "shared/crypto/authentic.hpp"
#include "shared/crypto/key.hpp"
#include "shared/evidence/azure/runtime_data.hpp"
#include "shared/report/result.hpp"

#include <optional>
#include <vector>

// The hardware of an Azure confidential virtual machine vouches for its paravisor's claims, and
// they for the key of its TPM and for the context.

namespace troth::appraisal {

/// What is known of a machine, evidence by evidence: that of the hardware first.
struct azure_machine {
  std::vector<crypto::public_key> vouched_keys; ///< Of its TPM, by authentic claims.
};

using evidence::azure::runtime_claims;

/// Reads the claims that came with hardware evidence.
/// @returns nothing for what are none, or of other hardware than the evidence: it is noted.
std::optional<runtime_claims> read_azure_claims(const evidence_inputs& in, ledger& book);

/// Checks that authentic claims answer the context, and takes down the key that they name.
/// @returns whether they do.
report::check_result judge_azure_claims(const evidence_inputs& in,
                                        const crypto::authentic<const runtime_claims*>& said,
                                        ledger& book);

/// Notes that the hardware does not vouch for the claims.
report::check_result refuse_azure_claims(const evidence_inputs& in, byte_view report_data,
                                         const digest& claims, ledger& book);

/// Checks what stands for the context in the report data of an Azure machine's hardware: the digest
/// of claims with zeros behind it. @pre `in.azure`
/// @returns whether the claims are authentic and answer the context.
template <class Report>
report::check_result check_azure_claims(const evidence_inputs& in,
                                        const crypto::authentic<Report>& by, byte_view report_data,
                                        ledger& book) {
  const auto claims = read_azure_claims(in, book);
  if (!claims)
    return {};
  const crypto::hashed said{*claims, claims->signed_bytes, hash_algorithm::sha256};
  const auto size = said.sum().view().size();
  const auto is_padded = std::ranges::all_of(report_data.subspan(size),
                                             [](auto byte) { return byte == 0; });
  const auto authentic = crypto::authenticate(said, report_data.first(size), by);
  if (!authentic || !is_padded)
    return refuse_azure_claims(in, report_data, said.sum(), book);
  return judge_azure_claims(in, *authentic, book);
}

/// Finds the key of the machine's TPM: the one that its hardware vouches for. A certificate that
/// came along must be of that key; who issued it does not count. @pre `in.azure`
/// @returns nothing if there is no such key: it is noted.
std::optional<crypto::public_key> find_azure_key(const evidence_inputs& in, ledger& book,
                                                 report::signature_result& into);

} // namespace troth::appraisal
