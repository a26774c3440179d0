#include "shared/appraisal/appraise.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/jwk.hpp"
#include "shared/evidence/azure/runtime_data.hpp"
#include "shared/report/azure_evidence.hpp"
#include "tests/support/attacks.hpp"
#include "tests/support/minted_intel_guest.hpp"
#include "tests/support/minted_snp_guest.hpp"
#include "tests/support/vectors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>

using namespace troth;
using namespace troth::testing;
using report::status;

namespace {

constexpr auto bank = hash_algorithm::sha256;
constexpr signature_algorithm rs256{signature_scheme::rsassa, bank};
const std::string tpm{report::azure_tpm_evidence};
const std::string snp{report::azure_snp_evidence};
const std::string tdx{report::azure_tdx_evidence};

const crypto::private_key& tpm_key() {
  static const auto key = minted(crypto::private_key::generate(crypto::key_kind::rsa2048));
  return key;
}

crypto::certificate self_signed(const crypto::private_key& key) {
  return minted(crypto::self_sign(leaf_content("vTPM AK"), key));
}

void put(bytes& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

/// A confidential virtual machine on Azure, of either kind. As made, `rules()` affirm it.
struct azure_guest {
  explicit azure_guest(bool on_tdx) : is_tdx(on_tdx) {
    auto& root = host.manifests[0];
    const auto& from = is_tdx ? domain.root() : guest.host.manifests[0];
    root.components.insert(root.components.end(), from.components.begin(), from.components.end());
    root.ca_fingerprints = from.ca_fingerprints;
    root.snp = from.snp;
    root.tdx = from.tdx;
  }

  bool is_tdx;
  snp_guest guest;
  intel_guest domain{device::intel_tee::tdx};
  machine host; ///< Whose TPM is the paravisor's.
  std::vector<crypto::certificate> ak{self_signed(tpm_key())};
  const crypto::private_key* quotes_with = &tpm_key();

  // Spoilers, in the order they are called. Each may be empty.
  std::function<void(bytes&)> spoil_user_data;
  std::function<void(std::string&)> spoil_claims; ///< Before the hardware has their digest.
  std::function<void(bytes&)> spoil_data;         ///< After.
  std::function<void(bytes&)> spoil_report_data;  ///< Before the hardware signs.
  std::function<void(report::report&)> spoil_report;

  std::string hardware() const { return is_tdx ? tdx : snp; }

  std::string claims(const digest& context) const {
    bytes data = copy(context.view());
    data.resize(64);
    if (spoil_user_data)
      spoil_user_data(data);
    const crypto::named_key key{"HCLAkPub", tpm_key().public_half(), rs256};
    auto out = crypto::write_jwks(std::span{&key, 1});
    out.pop_back(); // the brace
    out += R"(,"vm-configuration":{"secure-boot":true},"user-data":")" + hex(data) + "\"}";
    if (spoil_claims)
      spoil_claims(out);
    return out;
  }

  bytes runtime_data(const std::string& claims) const {
    bytes out;
    put(out, 20 + claims.size(), 4);
    put(out, 1, 4);
    put(out, is_tdx ? 4 : 2, 4);
    put(out, 1, 4);
    put(out, claims.size(), 4);
    const auto text = to_bytes(claims);
    out.insert(out.end(), text.begin(), text.end());
    if (spoil_data)
      spoil_data(out);
    return out;
  }

  report::evidence hardware_evidence(const digest& context,
                                     const device::simulated_key& vek) const {
    const auto said = claims(context);
    auto data = copy(crypto::hash(bank, to_bytes(said)).view());
    data.resize(64);
    if (spoil_report_data)
      spoil_report_data(data);
    report::evidence out{hardware(), {}, runtime_data(said), {}};
    if (is_tdx) {
      out.body = domain.quote(data);
      return out;
    }
    auto report = guest.chip.report;
    std::ranges::copy(data, report.report_data.begin());
    out.body = minted(device::sign_report(report, vek.key));
    return out;
  }

  report::collateral hardware_collateral(const device::simulated_key& vek) const {
    report::collateral out;
    out.type = hardware();
    if (is_tdx) {
      out.artifacts = domain.logs;
      report::component said;
      said.intel.emplace() = minted(domain.platform.collateral({}));
      out.artifacts.push_back({std::string{report::artifact_tdx_collateral}, 0, {said}});
      return out;
    }
    const auto& vendor = guest.chip.vendor();
    for (const auto* one : {&vek.certificate, &vendor.ask.certificate, &vendor.ark.certificate})
      out.certificates.push_back(one->der());
    return out;
  }

  bytes report() const {
    const auto vek = guest.chip.vek();
    auto whole = host;
    whole.spoil_context = [&](report::context& context) {
      auto& own = context.collaterals.front();
      own.type = tpm;
      own.certificates.clear();
      for (const auto& one : ak)
        own.certificates.push_back(one.der());
      context.collaterals.push_back(hardware_collateral(vek));
    };
    whole.spoil_report = [&](report::report& out) {
      auto& quote = out.evidences.front();
      quote.type = tpm;
      quote.signature = {0x00, 0x14, 0x00, 0x0b, 0x01, 0x00}; // RSASSA, SHA-256, 256 bytes
      const auto raw = minted(quotes_with->sign(rs256, quote.body));
      quote.signature.insert(quote.signature.end(), raw.begin(), raw.end());
      out.evidences.push_back(hardware_evidence(crypto::hash(bank, out.context_bytes), vek));
      if (spoil_report)
        spoil_report(out);
    };
    return whole.report();
  }

  appraisal::policy rules() const {
    appraisal::policy out;
    out.required_evidence = {hardware(), tpm};
    out.accept_simulated_evidence = true;
    return out;
  }

  report::attestation_result appraise() const {
    auto anchors = guest.anchors();
    const auto of_host = host.anchors();
    anchors.metadata_roots = of_host.metadata_roots;
    anchors.ak_roots = of_host.ak_roots;
    anchors.intel_roots = domain.anchors().intel_roots;
    const auto by = rules();
    return appraisal::appraise({report(), host.nonce, by, anchors, minted_now});
  }

  codes faults() const { return testing::faults(appraise()); }
};

} // namespace

TEST_SUITE_BEGIN("appraisal/azure");

TEST_CASE("a machine on Azure is affirmed by its hardware, and its TPM by that") {
  for (const auto on_tdx : {false, true}) {
    for (const auto as : {report::encoding::cbor, report::encoding::json}) {
      azure_guest good{on_tdx};
      good.host.as = as;
      const auto result = good.appraise();
      CHECK(good.faults() == codes{});
      CHECK(result.summary.says != status::fail);
      REQUIRE(result.measurements.size() == 2);
      CHECK(result.measurements[0].type == (on_tdx ? "TDX Result" : "SNP Result"));
      CHECK(result.measurements[1].type == "TPM Result");
      for (const auto& each : result.measurements)
        CHECK(each.freshness.says == status::success);
    }
  }
}

TEST_CASE("the TPM's key needs no certificate, and one counts for its key alone") {
  azure_guest without{false};
  without.ak.clear();
  CHECK(without.faults() == codes{});
  azure_guest of_another{false};
  const auto other = minted(crypto::private_key::generate(crypto::key_kind::rsa2048));
  of_another.ak = {self_signed(other)};
  CHECK(of_another.faults() == codes{"azure.attestation_key"});
}

TEST_CASE("T23: a quote of another TPM does not go with the hardware's evidence") {
  for (const auto on_tdx : {false, true}) {
    azure_guest victim{on_tdx};
    const auto other = minted(crypto::private_key::generate(crypto::key_kind::rsa2048));
    victim.quotes_with = &other;
    CHECK(victim.faults() == codes{"bad_signature"});
    victim.ak = {self_signed(other)};
    CHECK(victim.faults() == codes{"azure.attestation_key"});
  }
}

TEST_CASE("claims count only if the hardware has their digest, with zeros behind it") {
  for (const auto on_tdx : {false, true}) {
    azure_guest victim{on_tdx};
    victim.spoil_data = [](bytes& data) { data[40] ^= 1; }; // in the key's modulus, or near it
    CHECK(victim.faults().contains("azure.hardware"));
    azure_guest longer{on_tdx};
    longer.spoil_report_data = [](bytes& data) { data[63] = 1; };
    CHECK(longer.faults() == codes{"azure.claims", "azure.hardware"});
    azure_guest changed{on_tdx};
    changed.spoil_report_data = [](bytes& data) { data[0] ^= 1; };
    CHECK(changed.faults() == codes{"azure.claims", "azure.hardware"});
  }
}

TEST_CASE("claims answer the context, all 64 bytes of their user data") {
  for (const std::size_t at : {0UL, 31UL, 32UL, 63UL}) {
    azure_guest victim{false};
    victim.spoil_user_data = [&](bytes& data) { data.at(at) ^= 1; };
    CHECK(victim.faults() == codes{"azure.nonce"});
  }
}

TEST_CASE("runtime data that are none, or of other hardware, are refused") {
  azure_guest none{false};
  none.spoil_data = [](bytes& data) { data.clear(); };
  CHECK(none.faults() == codes{"truncated", "azure.hardware"});
  azure_guest other{false};
  other.spoil_data = [](bytes& data) { data[8] = 4; };
  CHECK(other.faults() == codes{"azure.format", "azure.hardware"});
  azure_guest weak{true};
  weak.spoil_claims = [](std::string& claims) {
    const auto at = claims.find("\"n\":\"") + 5;
    claims.erase(at, 4);
  };
  CHECK(weak.faults() == codes{"weak", "azure.hardware"});
}

TEST_CASE("a TPM on Azure without the hardware's evidence is nobody's") {
  azure_guest alone{false};
  alone.spoil_report = [](report::report& out) { out.evidences.pop_back(); };
  CHECK(
    alone.faults()
    == codes{"evidence.required", "evidence.collateral", "reference.evidence", "azure.hardware"});
}

TEST_CASE("S02: hardware evidence at another privilege level is refused") {
  azure_guest victim{false};
  victim.guest.chip.report.vmpl = 1;
  CHECK(victim.faults() == codes{"snp.vmpl"});
}

TEST_CASE("what real paravisors say is read: the hardware has its digest, the TPM its key") {
  constexpr std::size_t in_snp_report = 0x50; // REPORT_DATA; likewise:
  constexpr std::size_t in_td_report = 0x80;
  for (const std::string name :
       {"azure-snp-milan-vtpm-v0", "azure-snp-genoa-vtpm", "azure-tdx-vtpm"}) {
    CAPTURE(name);
    const auto whole = read_vector("tpm/" + name + "/hcl_report.bin");
    if (!whole) {
      skip_without_vectors(3);
      return;
    }
    const auto report = minted(evidence::azure::parse_hcl_report(*whole));
    const auto claims = minted(evidence::azure::parse_runtime_data(report.runtime_data));
    const auto is_tdx = claims.on == evidence::azure::hardware::tdx;
    CHECK(is_tdx == (name == "azure-tdx-vtpm"));
    const auto sum = crypto::hash(bank, claims.signed_bytes);
    const auto said = report.hardware_report.subspan(is_tdx ? in_td_report : in_snp_report, 32);
    CHECK(std::ranges::equal(sum.view(), said));
    const auto key = minted(crypto::public_key::from_rsa(claims.ak_modulus, claims.ak_exponent));
    const auto pem = to_text(minted(read_vector("tpm/" + name + "/ak_pub.pem")));
    CHECK(key.der() == minted(crypto::public_key::from_pem(pem)).der());
    CHECK(key.verify(rs256, minted(read_vector("tpm/" + name + "/attest.bin")),
                     minted(read_vector("tpm/" + name + "/signature.raw.bin"))));
  }
}

TEST_CASE("what the paravisor's TPM measured is judged as any TPM's") {
  azure_guest victim{true};
  victim.host.spoil_quote = [](quote_fields& quote) { quote.pcr_digest[0] ^= 1; };
  CHECK(victim.faults() == codes{"tpm.pcr_digest"});
}

TEST_SUITE_END();
