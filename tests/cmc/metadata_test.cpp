#include "shared/appraisal/appraise.hpp"
#include "shared/appraisal/layers.hpp"
#include "shared/appraisal/references.hpp"
#include "shared/codec/jws.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/sw/statement.hpp"
#include "tests/cmc/go_names.hpp"
#include "tests/support/minted_machine.hpp"

#include <algorithm>
#include <array>

using namespace troth;
using namespace troth::testing;

namespace {

/// Within all that the tables say is valid, and behind all that they say has ended.
const time_point checked_at = *parse_time("2026-05-01T00:00:00Z");

/// The root manifest of the tables is the one whose status they give.
constexpr std::string_view any_hash = "rtmhash";

/// Makes a report of a software key, as the reference's test does, with a signer of our own.
struct sw_report {
  machine signers;
  crypto::private_key key = *crypto::private_key::generate(crypto::key_kind::p256);
  report::report made;

  sw_report(report::encoding as, bytes nonce) {
    signers.as = as;
    made.version = report::report_version;
    made.encoded_as = as;
    made.claims.nonce = std::move(nonce);
    auto& collateral = made.claims.collaterals.emplace_back();
    collateral.type = report::sw_evidence;
    collateral.key = to_bytes(key.public_half().pem());
  }

  std::string add(const report::metadata_item& item) {
    auto content = signers.sign(item);
    auto sum = hex(crypto::hash(hash_algorithm::sha256, content).view());
    made.claims.digests.push_back(sum);
    made.claims.metadata[sum] = std::move(content);
    return sum;
  }

  bytes finish() {
    made.context_bytes = report::write_context(made.claims, made.encoded_as);
    const auto sum = crypto::hash(hash_algorithm::sha256, made.context_bytes);
    const auto payload
      = evidence::sw::write_statement({copy(sum.view()), digest{hash_algorithm::sha256}});
    const signature_algorithm es256{signature_scheme::ecdsa, hash_algorithm::sha256};
    const codec::signer by{es256, {}, [&](byte_view data) { return key.sign(es256, data); }};
    made.evidences.push_back(
      {std::string{report::sw_evidence},
       to_bytes(*codec::write_jws(payload, std::array{by}, codec::jws_form::flattened)),
       {},
       {}});
    return report::write_report(made);
  }
};

/// Their nonces have 3 bytes, and a policy cannot ask for fewer than 8.
bytes nonce_of(const json& value) {
  auto out = bytes_in(value);
  out.resize(8);
  return out;
}

report::metadata_summary summary_of(const json& from) {
  report::metadata_summary out;
  const auto wrapped = [](auto item) {
    return std::make_shared<const report::metadata_item>(std::move(item));
  };
  out.image_description.item = wrapped(image_of(from.at("ImageDescriptionResult").at("Metadata")));
  for (const auto& each : from.at("ManifestResults"))
    out.manifests.emplace_back().item = wrapped(manifest_of(each.at("Metadata")));
  return out;
}

const std::map<std::string, report::error_code> codes = {
  {"=ar.NoRootManifest", report::error_code::no_root_manifest},
  {"=ar.MultipleRootManifests", report::error_code::multiple_root_manifests},
};

} // namespace

TEST_SUITE_BEGIN("cmc/metadata");

TEST_CASE("reports rebuilt from the reference's tables get its verdict") {
  if (lacks_cmc("metadata"))
    return;
  const auto variables = read_cmc_json("metadata/verifier_vars.json");
  const auto rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  for (const auto& row : read_cmc_json("metadata/TestVerify_cases.json")) {
    CAPTURE(row.at("name").get<std::string>());
    const auto args = resolved(row.at("args"), variables);
    const auto as = args.at("encoding") == "cbor" ? report::encoding::cbor : report::encoding::json;
    sw_report attester{as, nonce_of(args.at("proverNonce"))};
    const auto root = attester.add(manifest_of(args.at("rtmManifest")));
    attester.add(manifest_of(args.at("osManifest")));
    attester.add(manifest_of(args.at("appManifest")));
    attester.add(image_of(args.at("imageDescription")));
    auto status = status_of(args.at("omspResponse"));
    for (auto& entry : status.responses)
      if (entry.manifest_hash == any_hash)
        entry.manifest_hash = root;
    attester.add(status);
    const auto anchors = attester.signers.anchors();
    const auto expected = nonce_of(args.at("verifierNonce"));
    const auto sent = attester.finish();
    const auto result = appraisal::appraise({sent, expected, rules, anchors, checked_at});
    CHECK(name(result.summary.says) == row.at("want").get<std::string>());
    if (name(result.summary.says) != row.at("want").get<std::string>())
      for (const auto& finding : result.findings)
        if (finding.says != report::outcome::pass)
          MESSAGE(finding.rule << " " << finding.code << " " << finding.subject << " "
                               << finding.got << " " << finding.detail);
  }
}

TEST_CASE("layers fit together as in the reference") {
  if (lacks_cmc("metadata"))
    return;
  const auto variables = read_cmc_json("metadata/verifier_vars.json");
  const appraisal::policy rules;
  for (const auto& row : read_cmc_json("metadata/Test_checkMetadataCompatibility_cases.json")) {
    CAPTURE(row.at("name").get<std::string>());
    auto summary = summary_of(resolved(row.at("args").at("metadata"), variables));
    appraisal::ledger book{rules};
    appraisal::appraise_layers(summary, book);
    const auto& got = summary.compatibility.summary;
    CHECK(name(got.says) == row.at("want").get<std::string>());
    for (const auto& code : row.at("want1"))
      CHECK(std::ranges::find(got.error_codes, codes.at(code.get<std::string>()))
            != got.error_codes.end());
  }
}

TEST_CASE("components are sorted by trust anchor as in the reference") {
  if (lacks_cmc("metadata"))
    return;
  const auto variables = read_cmc_json("metadata/verifier_vars.json");
  const auto& refs = variables.at("refs");
  const appraisal::policy rules = *appraisal::built_in_policy(appraisal::cmc_compat);
  for (const auto& row : read_cmc_json("metadata/Test_collectComponents_cases.json")) {
    CAPTURE(row.at("name").get<std::string>());
    std::vector<report::manifest> manifests;
    for (const auto& each : row.at("args").at("metadata")) {
      auto& manifest = manifests.emplace_back();
      for (const auto& component : variables.at(reference_in(each))
                                     .at("Metadata")
                                     .at("Manifest")
                                     .at("Sbom")
                                     .at("Components")) {
        const auto at = component.at("$expr").get<std::string>(); // refs[N]
        manifest.components.push_back(component_of(refs.at(std::stoul(at.substr(5)))));
      }
    }
    std::vector<const report::manifest*> in_order;
    for (const auto& manifest : manifests)
      in_order.push_back(&manifest);
    appraisal::ledger book{rules};
    const auto found = appraisal::collect_references(in_order, nullptr, book);
    const auto names = [](const auto& values) {
      std::vector<std::string> out;
      for (const auto& each : values)
        out.push_back(each.component->name);
      return out;
    };
    CHECK(names(found.snp) == std::vector<std::string>{"SNP1"});
    CHECK(names(found.sw) == std::vector<std::string>{"SW1", "SW2"});
    // Those of the TPM have no PCR: docs/differences.md
    CHECK(found.tpm.empty());
    CHECK(book.size() == 2);
  }
}

TEST_SUITE_END();
