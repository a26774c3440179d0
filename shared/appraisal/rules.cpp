#include "shared/appraisal/rules.hpp"

namespace troth::appraisal {

namespace {

using namespace rules;

constexpr rule every_rule[] = {
  report_format,
  context_hash,
  context_nonce,
  evidence_present,
  evidence_required,
  evidence_known,
  evidence_unique,
  evidence_collateral,
  metadata_digest,
  metadata_format,
  metadata_signature,
  metadata_chain,
  metadata_validity,
  metadata_kind,
  metadata_image,
  metadata_root,
  metadata_names,
  metadata_described,
  metadata_layers,
  certification_level,
  reference_known,
  reference_covered,
  tpm_format,
  tpm_signature_format,
  tpm_ak_certificate,
  tpm_ak_chain,
  tpm_ak_role,
  tpm_ca_fingerprint,
  tpm_signature,
  tpm_nonce,
  tpm_bank,
  tpm_selection,
  tpm_required_pcrs,
  tpm_artifact,
  tpm_initial_value,
  tpm_event,
  tpm_event_content,
  tpm_violation,
  tpm_reference,
  tpm_pcr_digest,
  sw_accepted,
  sw_format,
  sw_key,
  sw_signature,
  sw_nonce,
  sw_artifact,
  sw_event,
  sw_reference,
  sw_aggregate,
};

} // namespace

std::span<const rule> all_rules() {
  return every_rule;
}

} // namespace troth::appraisal
