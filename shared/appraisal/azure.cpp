#include "shared/appraisal/azure.hpp"

#include "shared/appraisal/azure_rules.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/report/azure_evidence.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troth::appraisal {

namespace {

constexpr std::size_t least_modulus_bytes = 256; // RSA-2048

evidence::azure::hardware hardware_of(const report::evidence& evidence) {
  return evidence.type == report::azure_tdx_evidence ? evidence::azure::hardware::tdx
                                                     : evidence::azure::hardware::snp;
}

std::string fingerprint(const crypto::public_key& key) {
  return hex(crypto::hash(hash_algorithm::sha256, key.der()).view());
}

} // namespace

std::optional<runtime_claims> read_azure_claims(const evidence_inputs& in, ledger& book) {
  const auto& type = in.evidence.type;
  auto claims = evidence::azure::parse_runtime_data(in.evidence.additional);
  if (!claims) {
    book.fail(rules::azure_format, type, claims.error(), "the paravisor's runtime data");
    return std::nullopt;
  }
  const auto fits = claims->on == hardware_of(in.evidence);
  book.check(rules::azure_format, type, fits,
             {"claims for hardware " + std::to_string(static_cast<std::uint32_t>(claims->on)),
              "claims for that of the evidence"});
  if (!fits)
    return std::nullopt;
  return *std::move(claims);
}

report::check_result refuse_azure_claims(const evidence_inputs& in, byte_view report_data,
                                         const digest& claims, ledger& book) {
  return book.check(rules::azure_claims, in.evidence.type, false,
                    {hex(report_data), hex(claims.view()) + " and zeros"});
}

report::check_result judge_azure_claims(const evidence_inputs& in,
                                        const crypto::authentic<const runtime_claims*>& said,
                                        ledger& book) {
  const auto& type = in.evidence.type;
  book.check(rules::azure_claims, type, true);
  const auto& claims = **said;
  const byte_view data{claims.user_data};
  const auto size = in.context.sum().view().size();
  const auto is_padded = std::ranges::all_of(data.subspan(size), [](auto b) { return b == 0; });
  const auto holds = is_padded
                     && crypto::authenticate(in.context, data.first(size), said).has_value();
  auto out = book.check(rules::azure_nonce, type, holds,
                        {hex(data), hex(in.context.sum().view()) + " and zeros"});
  const auto key = claims.ak_modulus.size() < least_modulus_bytes
                     ? error{errc::weak, "HCLAkPub: RSA below 2048 bits"}
                     : crypto::public_key::from_rsa(claims.ak_modulus, claims.ak_exponent);
  if (key)
    in.azure->vouched_keys.push_back(*key);
  else
    book.fail(rules::azure_attestation_key, type, key.error(), "the key of the machine's TPM");
  return out;
}

std::optional<crypto::public_key> find_azure_key(const evidence_inputs& in, ledger& book,
                                                 report::signature_result& into) {
  const auto& type = in.evidence.type;
  const auto& vouched = in.azure->vouched_keys;
  const auto has_key = vouched.size() == 1;
  const auto hardware = book.check(rules::azure_hardware, type, has_key,
                                   {std::to_string(vouched.size()) + " keys",
                                    "one that the machine's hardware vouches for"});
  if (!has_key) {
    into.chain = hardware;
    return std::nullopt;
  }
  const auto& certificates = find_collateral(in.context.value(), type)->certificates;
  if (certificates.empty()) {
    into.chain = book.check(rules::azure_attestation_key, type, true);
    return vouched.front();
  }
  const auto certificate = crypto::certificate::from_der(certificates.front());
  if (!certificate) {
    into.chain = book.fail(rules::azure_attestation_key, type, certificate.error(),
                           "a certificate of the machine's TPM's key");
    return std::nullopt;
  }
  into.certificates = {{*certificate}};
  const auto is_same = certificate->key().der() == vouched.front().der();
  into.chain = book.check(rules::azure_attestation_key, type, is_same,
                          {fingerprint(certificate->key()), fingerprint(vouched.front())});
  if (!is_same)
    return std::nullopt;
  return vouched.front();
}

} // namespace troth::appraisal
