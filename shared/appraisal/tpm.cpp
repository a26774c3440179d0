#include "shared/appraisal/tpm.hpp"

#include "shared/appraisal/azure.hpp"
#include "shared/appraisal/key_certificates.hpp"
#include "shared/appraisal/tpm_logs.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/endorsement/attestation_key.hpp"
#include "shared/evidence/tpm/algorithm.hpp"
#include "shared/evidence/tpm/quote.hpp"
#include "shared/evidence/tpm/signature.hpp"

#include <algorithm>

namespace troth::appraisal {

namespace {

using report::tpm_evidence;

constexpr std::uint64_t no_pcr = 0xffffffff;
constexpr key_requirements ak_requirements{rules::tpm_ak_certificate,
                                           rules::tpm_ak_role,
                                           rules::tpm_ak_chain,
                                           rules::tpm_ca_fingerprint,
                                           "an X.509 certificate of the AK",
                                           "a chain to a root that vouches for AKs"};

std::string text(const std::vector<std::uint32_t>& pcrs) {
  std::string out;
  for (const auto pcr : pcrs)
    out += (out.empty() ? "" : " ") + std::to_string(pcr);
  return out.empty() ? "none" : out;
}

/// One quote on its way through the rules. Each step is reached only if the one before held.
class tpm_appraisal {
public:
  tpm_appraisal(const evidence_inputs& in, certificate_pool& pool,
                const std::vector<std::string>& fingerprints, ledger& book)
    : in_(in), pool_(pool), fingerprints_(fingerprints), book_(book) {
    out_.type = "TPM Result";
  }

  report::measurement_result run() && {
    const auto first = book_.size();
    if (const auto quote = authenticate_quote())
      if (const auto context = authenticate_context(*quote))
        judge(*quote, *context);
    out_.summary = book_.conclude(first);
    return std::move(out_);
  }

private:
  std::optional<crypto::authentic<evidence::tpm::quote>> authenticate_quote() {
    auto parsed = evidence::tpm::parse_quote(in_.evidence.body);
    if (!parsed) {
      book_.fail(rules::tpm_format, tpm_evidence, parsed.error(), "a TPMS_ATTEST of type quote");
      return std::nullopt;
    }
    book_.check(rules::tpm_format, tpm_evidence, true);
    const auto signature = evidence::tpm::parse_signature(in_.evidence.signature);
    if (!signature) {
      out_.signature.signature = book_.fail(rules::tpm_signature_format, tpm_evidence,
                                            signature.error(), "a TPMT_SIGNATURE");
      return std::nullopt;
    }
    signature_hash_ = signature->algorithm.hash;
    const auto by = find_signer();
    if (!by)
      return std::nullopt;
    auto authentic = verify(*std::move(parsed), *signature, by->key);
    if (!authentic) {
      out_.signature.signature = book_.fail(rules::tpm_signature, tpm_evidence, authentic.error(),
                                            "signed by the certified AK");
      return std::nullopt;
    }
    out_.signature.signature = book_.check(rules::tpm_signature, tpm_evidence, true);
    if (!by->is_trusted) // signed, but by whom?
      return std::nullopt;
    return *std::move(authentic);
  }

  struct signer {
    crypto::public_key key;
    bool is_trusted = false;
  };

  std::optional<signer> find_signer() {
    if (in_.azure != nullptr) {
      const auto key = find_azure_key(in_, book_, out_.signature);
      return key ? std::optional{signer{*key, true}} : std::nullopt;
    }
    const auto& chain = check_key_certificates(in_, pool_, fingerprints_, ak_requirements, book_,
                                               out_.signature);
    if (!chain.leaf)
      return std::nullopt;
    return signer{chain.leaf->key(), chain.path.has_value()};
  }

  result<crypto::authentic<evidence::tpm::quote>> verify(evidence::tpm::quote parsed,
                                                         const evidence::tpm::signature& signature,
                                                         const crypto::public_key& key) const {
    const auto raw = endorsement::signature_bytes(signature, key);
    if (!raw)
      return raw.error();
    return crypto::authenticate(std::move(parsed), in_.evidence.body, signature.algorithm, *raw,
                                key);
  }

  std::optional<crypto::authentic<const report::context*>>
  authenticate_context(const crypto::authentic<evidence::tpm::quote>& quote) {
    const auto context = crypto::authenticate(in_.context, quote->extra_data, quote);
    out_.freshness = book_.check(rules::tpm_nonce, tpm_evidence, context.has_value(),
                                 {hex(quote->extra_data), hex(in_.context.sum().view())});
    if (!context)
      return std::nullopt;
    return *context;
  }

  void judge(const crypto::authentic<evidence::tpm::quote>& quote,
             const crypto::authentic<const report::context*>& context) {
    const auto& artifacts = find_collateral(**context, in_.evidence.type)->artifacts;
    const auto bank = check_selection(*quote, artifacts);
    if (!bank)
      return;
    auto logs = replay_logs(artifacts, in_.references, *bank, book_);
    bytes values;
    for (const auto& pcr : logs.pcrs)
      values.insert(values.end(), pcr.view().begin(), pcr.view().end());
    const auto replayed = crypto::hash(signature_hash_, values);
    out_.tpm.emplace();
    out_.tpm->pcr_match = std::move(logs.pcr_match);
    out_.tpm->quote_match = book_.check(rules::tpm_pcr_digest, tpm_evidence,
                                        std::ranges::equal(replayed.view(), quote->pcr_digest),
                                        {hex(quote->pcr_digest), hex(replayed.view())});
    out_.artifacts = std::move(logs.events);
    if (book_.rules().require_reference_values && in_.references.empty())
      book_.check(rules::tpm_reference, tpm_evidence, false,
                  {"none", "reference values for a TPM"});
  }

  /// One bank, of a hash that still counts, and exactly the PCRs that the artifacts are of.
  std::optional<hash_algorithm> check_selection(const evidence::tpm::quote& quote,
                                                std::span<const report::artifact> artifacts) {
    std::vector<std::uint32_t> selected;
    std::optional<hash_algorithm> bank;
    if (quote.selections.size() == 1) {
      selected = quote.selections.front().pcrs();
      bank = evidence::tpm::hash_from_id(quote.selections.front().hash);
    }
    const auto is_strong = bank && *bank != hash_algorithm::sha1;
    book_.check(rules::tpm_bank, tpm_evidence, is_strong,
                {quote.selections.size() != 1 ? std::to_string(quote.selections.size()) + " banks"
                 : bank                       ? std::string{name(*bank)}
                                              : "an unknown hash",
                 "one bank of SHA-256, SHA-384 or SHA-512"});
    std::vector<std::uint32_t> logged;
    for (const auto& artifact : artifacts)
      logged.push_back(static_cast<std::uint32_t>(std::min<std::uint64_t>(artifact.index, no_pcr)));
    const auto matches = !selected.empty() && selected == logged;
    book_.check(rules::tpm_selection, tpm_evidence, matches,
                {text(selected), "the PCRs of the artifacts: " + text(logged)});
    const auto& required = book_.rules().required_pcrs;
    book_.check(rules::tpm_required_pcrs, tpm_evidence, std::ranges::includes(selected, required),
                {text(selected), text({required.begin(), required.end()})});
    return is_strong && matches ? bank : std::nullopt;
  }

  const evidence_inputs& in_;
  certificate_pool& pool_;
  const std::vector<std::string>& fingerprints_;
  ledger& book_;
  hash_algorithm signature_hash_ = hash_algorithm::sha256;
  report::measurement_result out_;
};

} // namespace

report::measurement_result appraise_tpm(const evidence_inputs& in, certificate_pool& pool,
                                        const std::vector<std::string>& ca_fingerprints,
                                        ledger& book) {
  return tpm_appraisal{in, pool, ca_fingerprints, book}.run();
}

} // namespace troth::appraisal
