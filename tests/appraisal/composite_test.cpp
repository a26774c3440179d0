#include "shared/appraisal/appraise.hpp"
#include "shared/codec/jws.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/sw/statement.hpp"
#include "tests/support/attacks.hpp"
#include "tests/support/minted_intel_guest.hpp"
#include "tests/support/minted_snp_guest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>

using namespace troth;
using namespace troth::testing;
using report::status;

namespace {

constexpr auto bank = hash_algorithm::sha256;
const std::string tpm{report::tpm_evidence};
const std::string snp{report::snp_evidence};
const std::string tdx{report::tdx_evidence};
const std::string sw{report::sw_evidence};

/// What signs one evidence beside a TPM's. `sign` gets the digest that the evidence answers.
struct companion {
  report::collateral collateral;
  std::function<report::evidence(const digest&)> sign;
};

companion on_snp(const snp_guest& guest) {
  companion out;
  out.collateral.type = snp;
  const auto vek = guest.chip.vek();
  const auto& vendor = guest.chip.vendor();
  for (const auto* one : {&vek.certificate, &vendor.ask.certificate, &vendor.ark.certificate})
    out.collateral.certificates.push_back(one->der());
  out.sign = [&guest, vek](const digest& context) {
    auto said = guest.chip.report;
    std::ranges::copy(context.view(), said.report_data.begin());
    return report::evidence{snp, minted(device::sign_report(said, vek.key)), {}, {}};
  };
  return out;
}

companion on_tdx(const intel_guest& guest) {
  companion out;
  out.collateral.type = tdx;
  out.collateral.artifacts = guest.logs;
  report::component said;
  said.intel.emplace() = minted(guest.platform.collateral({}));
  out.collateral.artifacts.push_back({std::string{report::artifact_tdx_collateral}, 0, {said}});
  out.sign = [&guest](const digest& context) {
    return report::evidence{tdx, guest.quote(context.view()), {}, {}};
  };
  return out;
}

companion in_software(const crypto::private_key& key) {
  companion out;
  out.collateral.type = sw;
  out.collateral.key = to_bytes(key.public_half().pem());
  out.sign = [&key](const digest& context) {
    constexpr signature_algorithm es256{signature_scheme::ecdsa, bank};
    const evidence::sw::statement what{copy(context.view()), digest{bank}};
    const codec::signer by{es256, {}, [&](byte_view data) { return key.sign(es256, data); }};
    return report::evidence{sw,
                            to_bytes(*codec::write_jws(evidence::sw::write_statement(what),
                                                       std::array{by}, codec::jws_form::flattened)),
                            {},
                            {}};
  };
  return out;
}

/// A machine with a TPM and other anchors, whose manifests list what each of them measures.
struct composite {
  snp_guest guest;
  intel_guest domain{device::intel_tee::tdx};
  crypto::private_key key = *crypto::private_key::generate(crypto::key_kind::p256);
  machine host;
  std::vector<companion> companions;
  std::string stale; ///< The evidence of this type answers another report. Empty: none does.
  std::function<void(report::context&)> swap_collateral; ///< After all was signed.

  /// @param with the evidences beside the TPM's, by type.
  explicit composite(const std::vector<std::string>& with) {
    auto& root = host.manifests[0];
    const auto take_over = [&](const report::manifest& from) {
      root.components.insert(root.components.end(), from.components.begin(), from.components.end());
      root.ca_fingerprints.insert(root.ca_fingerprints.end(), from.ca_fingerprints.begin(),
                                  from.ca_fingerprints.end());
    };
    for (const auto& type : with) {
      if (type == snp) {
        companions.push_back(on_snp(guest));
        take_over(guest.host.manifests[0]);
        root.snp = guest.host.manifests[0].snp;
      } else if (type == tdx) {
        companions.push_back(on_tdx(domain));
        take_over(domain.root());
        root.tdx = domain.root().tdx;
      } else {
        companions.push_back(in_software(key));
      }
    }
  }

  appraisal::policy rules() const {
    appraisal::policy out;
    for (const auto& each : companions)
      out.required_evidence.push_back(each.collateral.type);
    out.accept_simulated_evidence = true;
    out.accept_software_evidence = true;
    out.require_reference_values = false; // of software: nothing was started by it
    return out;
  }

  report::attestation_result appraise() const {
    auto anchors = host.anchors();
    const auto of_snp = guest.anchors();
    anchors.snp_roots = of_snp.snp_roots;
    anchors.snp_revocation_lists = of_snp.snp_revocation_lists;
    anchors.intel_roots = domain.anchors().intel_roots;
    const auto rules = this->rules();
    return appraisal::appraise({report(), host.nonce, rules, anchors, minted_now});
  }

  codes faults() const { return testing::faults(appraise()); }

  bytes report() const {
    auto whole = host;
    whole.spoil_context = [&](report::context& context) {
      for (const auto& each : companions)
        context.collaterals.push_back(each.collateral);
    };
    const auto other = crypto::hash(bank, to_bytes("the context of another report"));
    whole.spoil_quote = [&](quote_fields& quote) {
      if (stale == tpm)
        quote.extra_data = copy(other.view());
    };
    whole.spoil_report = [&](report::report& out) {
      const auto context = crypto::hash(bank, out.context_bytes);
      for (const auto& each : companions)
        out.evidences.push_back(each.sign(each.collateral.type == stale ? other : context));
      if (swap_collateral) {
        swap_collateral(out.claims);
        out.context_bytes = report::write_context(out.claims, out.encoded_as);
      }
      if (host.spoil_report)
        host.spoil_report(out);
    };
    return whole.report();
  }
};

void drop(composite& from, const std::string& type) {
  from.host.spoil_report = [type](report::report& out) {
    std::erase_if(out.evidences, [&](const auto& each) { return each.type == type; });
  };
}

} // namespace

TEST_SUITE_BEGIN("appraisal/composite");

TEST_CASE("a report of several anchors is affirmed when each of them is") {
  for (const auto& with : {std::vector{snp}, std::vector{tdx, sw}}) {
    for (const auto as : {report::encoding::cbor, report::encoding::json}) {
      composite good{with};
      good.host.as = as;
      const auto result = good.appraise();
      CHECK(good.faults() == codes{});
      CHECK(result.summary.says != status::fail);
      REQUIRE(result.measurements.size() == with.size() + 1);
      for (const auto& each : result.measurements) {
        CAPTURE(each.type);
        CHECK(each.freshness.says == status::success);
      }
    }
  }
}

TEST_CASE("evidence that the policy requires must be there") {
  struct row {
    std::vector<std::string> with;
    std::string missing;
  };
  for (const auto& one :
       {row{{snp}, tpm}, row{{snp}, snp}, row{{tdx, sw}, tpm}, row{{tdx, sw}, tdx}}) {
    CAPTURE(one.missing);
    composite victim{one.with};
    drop(victim, one.missing);
    CHECK(victim.faults()
          == codes{"evidence.required", "evidence.collateral", "reference.evidence"});
  }
  composite without_software{{tdx, sw}}; // of which nothing is measured
  drop(without_software, sw);
  CHECK(without_software.faults() == codes{"evidence.required", "evidence.collateral"});
}

TEST_CASE("each evidence answers this report's context: that of another report fails it") {
  struct row {
    std::vector<std::string> with;
    std::string stale;
    std::string code;
  };
  for (const auto& one :
       {row{{snp}, tpm, "tpm.nonce"}, row{{snp}, snp, "snp.report_data"},
        row{{tdx, sw}, tpm, "tpm.nonce"}, row{{tdx, sw}, tdx, "intel.report_data"},
        row{{tdx, sw}, sw, "sw.nonce"}}) {
    CAPTURE(one.stale);
    composite victim{one.with};
    victim.stale = one.stale;
    CHECK(victim.faults() == codes{one.code});
  }
}

// The certificates of the AK are in the context, and so in REPORT_DATA.
TEST_CASE("T23: the TPM of another machine does not go with a guest that did not name it") {
  composite victim{{snp}};
  const machine other;
  victim.swap_collateral = [&](report::context& context) {
    context.collaterals[0].certificates = {other.ak.certificate.der(),
                                           victim.host.ak_ca.certificate.der()};
  };
  const auto faults = victim.faults();
  CHECK(faults.contains("snp.report_data"));
  CHECK(faults.contains("untrusted"));
}

TEST_CASE("what one anchor measured wrongly fails the report, and is told apart") {
  composite victim{{snp}};
  victim.guest.chip.report.measurement[0] ^= 1;
  victim.companions = {on_snp(victim.guest)};
  const auto result = victim.appraise();
  CHECK(result.summary.says == status::fail);
  CHECK(victim.faults() == codes{"snp.measurement"});
  REQUIRE(result.measurements.size() == 2);
  CHECK(result.measurements[0].type == "TPM Result");
  CHECK(result.measurements[0].summary.says != status::fail);
  CHECK(result.measurements[1].summary.says == status::fail);
}

TEST_CASE("software beside hardware counts only where the policy takes it") {
  const composite mixed{{tdx, sw}};
  auto rules = mixed.rules();
  rules.accept_software_evidence = false;
  auto anchors = mixed.host.anchors();
  anchors.intel_roots = mixed.domain.anchors().intel_roots;
  const auto result
    = appraisal::appraise({mixed.report(), mixed.host.nonce, rules, anchors, minted_now});
  CHECK(faults(result) == codes{"sw.accepted"});
}

TEST_SUITE_END();
