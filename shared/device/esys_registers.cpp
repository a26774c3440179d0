#include "shared/device/esys_registers.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace troth::device::esys {

namespace {

struct named_bank {
  hash_algorithm ours;
  TPMI_ALG_HASH theirs;
};

constexpr std::array banks{
  named_bank{hash_algorithm::sha1, TPM2_ALG_SHA1},
  named_bank{hash_algorithm::sha256, TPM2_ALG_SHA256},
  named_bank{hash_algorithm::sha384, TPM2_ALG_SHA384},
  named_bank{hash_algorithm::sha512, TPM2_ALG_SHA512},
};

TPMI_ALG_HASH to_tpm(hash_algorithm algorithm) {
  return std::find_if(banks.begin(), banks.end(),
                      [=](const named_bank& b) { return b.ours == algorithm; })
    ->theirs;
}

bool is_selected(const TPMS_PCR_SELECTION& selection, std::uint32_t pcr) {
  return pcr / 8 < selection.sizeofSelect && (selection.pcrSelect[pcr / 8] >> pcr % 8 & 1) != 0;
}

result<TPML_PCR_SELECTION> to_selection(hash_algorithm bank,
                                        std::span<const std::uint32_t> indices) {
  TPML_PCR_SELECTION out{};
  out.count = 1;
  auto& only = out.pcrSelections[0];
  only.hash = to_tpm(bank);
  only.sizeofSelect = pcr_count / 8;
  for (const auto pcr : indices) {
    if (pcr >= pcr_count)
      return error{errc::malformed, "pcr " + std::to_string(pcr)};
    only.pcrSelect[pcr / 8] = static_cast<BYTE>(only.pcrSelect[pcr / 8] | 1U << pcr % 8);
  }
  return out;
}

/// Reads as many of the first of `indices` as the TPM gives at once: eight, as a rule.
result<std::vector<digest>> read_some(const connection& at, hash_algorithm bank,
                                      std::span<const std::uint32_t> indices) {
  const auto selection = to_selection(bank, indices);
  if (!selection)
    return selection.error();
  UINT32 update_counter = 0;
  owned<TPML_PCR_SELECTION> given;
  owned<TPML_DIGEST> values;
  const auto rc = Esys_PCR_Read(at.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &*selection,
                                &update_counter, out_of{given}, out_of{values});
  if (rc != TSS2_RC_SUCCESS)
    return failed("TPM2_PCR_Read", rc);
  std::vector<digest> out;
  for (UINT32 i = 0; i < values->count; ++i) {
    if (out.size() == indices.size() || given->count != 1
        || !is_selected(given->pcrSelections[0], indices[out.size()]))
      return error{errc::io, "TPM2_PCR_Read: other registers than asked for"};
    const auto value = digest::from(bank, {values->digests[i].buffer, values->digests[i].size});
    if (!value)
      return error{errc::io, "TPM2_PCR_Read: a value of another size"};
    out.push_back(*value);
  }
  return out;
}

} // namespace

result<signed_quote> quote(const connection& at, const handle& key, byte_view nonce,
                           const pcr_set& pcrs) {
  const auto selection = to_selection(pcrs.bank, pcrs.indices);
  if (!selection)
    return selection.error();
  const auto data = to_tpm2b(nonce, &TPM2B_DATA::buffer, "tpm.quote.nonce");
  if (!data)
    return data.error();
  const TPMT_SIG_SCHEME as_the_key_says{.scheme = TPM2_ALG_NULL, .details = {}};
  owned<TPM2B_ATTEST> attest;
  owned<TPMT_SIGNATURE> signature;
  const auto rc = Esys_Quote(at.get(), key.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                             &*data, &as_the_key_says, &*selection, out_of{attest},
                             out_of{signature});
  if (rc != TSS2_RC_SUCCESS)
    return failed("TPM2_Quote", rc);
  auto marshalled = marshal_signature(*signature);
  if (!marshalled)
    return marshalled.error();
  return signed_quote{copy({attest->attestationData, attest->size}), *std::move(marshalled)};
}

result<std::vector<digest>> read_pcrs(const connection& at, const pcr_set& pcrs) {
  std::vector<digest> out;
  while (out.size() < pcrs.indices.size()) {
    const auto rest = std::span{pcrs.indices}.subspan(out.size());
    const auto some = read_some(at, pcrs.bank, rest);
    if (!some)
      return some.error();
    if (some->empty())
      return error{errc::not_found, "tpm: bank " + std::string{name(pcrs.bank)}};
    out.insert(out.end(), some->begin(), some->end());
  }
  return out;
}

result<std::vector<hash_algorithm>> active_banks(const connection& at) {
  owned<TPMS_CAPABILITY_DATA> found;
  TPMI_YES_NO more = TPM2_NO;
  const auto rc = Esys_GetCapability(at.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                     TPM2_CAP_PCRS, 0, 1, &more, out_of{found});
  if (rc != TSS2_RC_SUCCESS)
    return failed("TPM2_GetCapability", rc);
  const auto& assigned = found->data.assignedPCR;
  std::vector<hash_algorithm> out;
  for (const auto& bank : banks)
    for (UINT32 i = 0; i < assigned.count; ++i)
      if (assigned.pcrSelections[i].hash == bank.theirs
          && is_selected(assigned.pcrSelections[i], 0))
        out.push_back(bank.ours);
  return out;
}

result<void> extend(const connection& at, std::uint32_t pcr, const std::vector<digest>& values) {
  TPML_DIGEST_VALUES digests{};
  if (pcr >= pcr_count || values.size() > std::size(digests.digests))
    return error{errc::malformed, "tpm.extend"};
  digests.count = static_cast<UINT32>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    digests.digests[i].hashAlg = to_tpm(values[i].algorithm());
    const auto value = values[i].view();
    std::copy(value.begin(), value.end(), std::begin(digests.digests[i].digest.sha512));
  }
  const auto rc = Esys_PCR_Extend(at.get(), ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                  ESYS_TR_NONE, &digests);
  if (rc != TSS2_RC_SUCCESS)
    return failed("TPM2_PCR_Extend", rc);
  return {};
}

} // namespace troth::device::esys
