#include "shared/appraisal/psa.hpp"

#include "shared/appraisal/key_certificates.hpp"
#include "shared/appraisal/psa_rules.hpp"
#include "shared/base/hex.hpp"
#include "shared/codec/cose_sign1.hpp"
#include "shared/evidence/psa/token.hpp"

#include <array>
#include <optional>
#include <utility>

namespace troth::appraisal {

namespace {

using evidence::psa::token;
using report::ias_evidence;

constexpr key_requirements device_requirements{rules::psa_certificate,
                                               rules::psa_certificate,
                                               rules::psa_chain,
                                               rules::psa_ca_fingerprint,
                                               "an X.509 certificate of the attestation key",
                                               "a chain to a root that vouches for PSA devices"};

/// The hash function of a measurement, which its size tells.
std::optional<digest> digest_of(byte_view measurement) {
  for (const auto algorithm :
       {hash_algorithm::sha256, hash_algorithm::sha384, hash_algorithm::sha512})
    if (const auto out = digest::from(algorithm, measurement))
      return *out;
  return std::nullopt;
}

std::string number(std::uint64_t value) {
  return "0x"
         + hex(
           std::array{static_cast<std::uint8_t>(value >> 8U), static_cast<std::uint8_t>(value)});
}

class psa_appraisal {
public:
  psa_appraisal(const evidence_inputs& in, certificate_pool& pool,
                const std::vector<std::string>& fingerprints, ledger& book)
    : in_(in), pool_(pool), fingerprints_(fingerprints), book_(book) {
    out_.type = "IAS Result";
  }

  report::measurement_result run() && {
    const auto first = book_.size();
    if (const auto said = authenticate_token())
      judge(*said);
    out_.summary = book_.conclude(first);
    return std::move(out_);
  }

private:
  std::optional<crypto::authentic<token>> authenticate_token() {
    const auto message = codec::parse_cose_sign1(in_.evidence.body);
    auto parsed = message ? evidence::psa::parse_token(message->payload)
                          : result<token>{message.error()};
    if (!parsed) {
      book_.fail(rules::psa_format, ias_evidence, parsed.error(), "a PSA token in a COSE_Sign1");
      return std::nullopt;
    }
    book_.check(rules::psa_format, ias_evidence, true);
    const auto& chain = check_key_certificates(in_, pool_, fingerprints_, device_requirements,
                                               book_, out_.signature);
    if (!chain.leaf || !chain.path)
      return std::nullopt;
    const auto& signature = message->signature;
    auto authentic = crypto::authenticate(*std::move(parsed), signature.signed_bytes,
                                          signature.algorithm, signature.signature,
                                          chain.leaf->key());
    if (!authentic) {
      out_.signature.signature = book_.fail(rules::psa_signature, ias_evidence, authentic.error(),
                                            "signed by the certified key");
      return std::nullopt;
    }
    out_.signature.signature = book_.check(rules::psa_signature, ias_evidence, true);
    return *std::move(authentic);
  }

  void judge(const crypto::authentic<token>& said) {
    const auto context = crypto::authenticate(in_.context, said->nonce, said);
    out_.freshness = book_.check(rules::psa_nonce, ias_evidence, context.has_value(),
                                 {hex(said->nonce), hex(in_.context.sum().view())});
    book_.check(rules::psa_lifecycle, ias_evidence, evidence::psa::is_secured(said->lifecycle),
                {number(said->lifecycle), "0x3000 to 0x30ff: secured"});
    compare(said->software);
  }

  void compare(const std::vector<evidence::psa::software_component>& software) {
    std::vector<bool> is_met(in_.references.size());
    std::size_t unknown = 0;
    for (std::size_t at = 0; at < software.size(); ++at) {
      const auto measured = digest_of(software[at].measurement);
      const auto* const known = measured ? meet(*measured, is_met) : nullptr;
      unknown += known == nullptr ? 1 : 0;
      auto& shown = out_.artifacts.emplace_back();
      shown.success = known != nullptr;
      shown.launched = true;
      shown.type = known != nullptr ? "Verified" : "Measurement";
      shown.index = at;
      shown.value = measured;
      shown.what = known;
    }
    book_.check(rules::psa_component, ias_evidence, unknown == 0 && !software.empty(),
                {std::to_string(unknown) + " of " + std::to_string(software.size())
                   + " components without a reference value",
                 "one component at least, each with a reference value"});
    check_missed(is_met);
  }

  /// Marks each reference value of that digest. @returns the first of them, or null.
  const report::component* meet(const digest& measured, std::vector<bool>& is_met) const {
    const report::component* out = nullptr;
    for (std::size_t at = 0; at < is_met.size(); ++at) {
      const auto* const component = in_.references[at].component;
      const auto* const value = component->find_hash(measured.algorithm());
      if (value == nullptr || *value != measured)
        continue;
      is_met[at] = true;
      out = out != nullptr ? out : component;
    }
    return out;
  }

  void check_missed(const std::vector<bool>& is_met) {
    std::size_t missed = 0;
    for (std::size_t at = 0; at < is_met.size(); ++at) {
      const auto* const component = in_.references[at].component;
      if (is_met[at] || component->optional)
        continue;
      ++missed;
      auto& shown = out_.artifacts.emplace_back();
      shown.type = "IAS";
      shown.index = at;
      shown.what = component;
    }
    book_.check(rules::psa_reference, ias_evidence, missed == 0,
                {std::to_string(missed) + " of " + std::to_string(is_met.size())
                   + " reference values missed",
                 "each reference value that is not optional was measured"});
  }

  const evidence_inputs& in_;
  certificate_pool& pool_;
  const std::vector<std::string>& fingerprints_;
  ledger& book_;
  report::measurement_result out_;
};

} // namespace

report::measurement_result appraise_psa(const evidence_inputs& in, certificate_pool& pool,
                                        const std::vector<std::string>& fingerprints,
                                        ledger& book) {
  return psa_appraisal{in, pool, fingerprints, book}.run();
}

} // namespace troth::appraisal
