#include "shared/appraisal/references.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::appraisal;

namespace {

digest sha256_of(std::uint8_t fill) {
  return *digest::from(hash_algorithm::sha256, bytes(32, fill));
}

report::component component(std::string name, std::string anchor, std::string index,
                            std::uint8_t fill) {
  report::component out;
  out.name = std::move(name);
  out.hashes = {sha256_of(fill)};
  out.properties = {{"cmc.ta", std::move(anchor)}, {"cmc.index", std::move(index)}};
  return out;
}

} // namespace

TEST_SUITE_BEGIN("appraisal/references");

TEST_CASE("a reference value is met in its register, kind and algorithm only") {
  const auto boot = component("a", "TPM", "4", 1);
  const auto start = component("TPM_PCR_INIT_VALUE", "TPM", "4", 2);
  const reference references[] = {{&boot, 4}, {&start, 4, event_kind::initial}};
  reference_index index{references, hash_algorithm::sha256};
  CHECK(index.meet(5, event_kind::extend, sha256_of(1)) == nullptr);
  CHECK(index.meet(4, event_kind::initial, sha256_of(1)) == nullptr);
  CHECK(index.meet(4, event_kind::extend, sha256_of(2)) == nullptr);
  CHECK(index.meet(4, event_kind::extend, digest{hash_algorithm::sha384}) == nullptr);
  CHECK(!index.was_met(0));
  REQUIRE(index.meet(4, event_kind::extend, sha256_of(1)) != nullptr);
  CHECK(index.was_met(0));
  CHECK(!index.was_met(1));
  REQUIRE(index.meet(4, event_kind::initial, sha256_of(2)) != nullptr);
  CHECK(index.was_met(1));
}

TEST_CASE("equal reference values are met together") {
  const auto one = component("a", "TPM", "4", 1);
  const auto two = component("b", "TPM", "4", 1);
  const reference references[] = {{&one, 4}, {&two, 4}};
  reference_index index{references, hash_algorithm::sha256};
  CHECK(index.meet(4, event_kind::extend, sha256_of(1))->component == &one);
  CHECK(index.was_met(0));
  CHECK(index.was_met(1));
}

TEST_CASE("a reference value without a hash of the algorithm is never met") {
  const auto one = component("a", "TPM", "4", 1);
  const reference references[] = {{&one, 4}};
  reference_index index{references, hash_algorithm::sha384};
  CHECK(index.meet(4, event_kind::extend, *digest::from(hash_algorithm::sha384, bytes(48, 1)))
        == nullptr);
  CHECK(!index.was_met(0));
}

TEST_CASE("without reference values nothing is met") {
  reference_index index{{}, hash_algorithm::sha256};
  CHECK(index.meet(0, event_kind::extend, sha256_of(0)) == nullptr);
}

TEST_CASE("components are sorted by trust anchor") {
  report::manifest layer;
  layer.base_layers = {layer.info.name}; // the root manifest speaks for all
  layer.components = {component("a", "TPM", "0", 1), component("b", "SW", "7", 2),
                      component("c", "SNP", "x", 3), component("d", "SGX", "", 4),
                      component("e", "TDX", "5", 5)};
  const report::manifest* manifests[] = {&layer};
  const policy rules;
  ledger book{rules};
  const auto found = collect_references(manifests, nullptr, book);
  REQUIRE(found.tpm.size() == 1);
  CHECK(found.tpm[0].register_index == 0);
  CHECK(found.sw.size() == 1);
  CHECK(found.snp.size() == 1);
  CHECK(found.sgx.size() == 1);
  REQUIRE(found.tdx.size() == 1);
  CHECK(found.tdx[0].register_index == 5);
  CHECK(book.size() == 0);
}

TEST_CASE("a component without a trust anchor fails") {
  report::manifest layer;
  auto old = component("a", "TPM", "4", 1); // in the form before report 3.2.1
  old.type = "TPM Reference Value";
  old.properties.clear();
  old.index = codec::from_json_value(4);
  layer.components = {old};
  const report::manifest* manifests[] = {&layer};
  const policy rules;
  ledger book{rules};
  CHECK(collect_references(manifests, nullptr, book).tpm.empty());
  const auto findings = std::move(book).take();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == "reference.trust_anchor");
  CHECK(findings[0].got == "no trust anchor");
}

TEST_CASE("an unknown trust anchor or a register that is no PCR fails") {
  for (const auto& bad :
       {component("a", "XYZ", "0", 1), component("a", "TPM", "24", 1), component("a", "TPM", "", 1),
        component("a", "TDX", "6", 1), component("a", "TDX", "", 1), component("a", "TPM", "-1", 1),
        component("a", "TPM", "07", 1), component("a", "TPM", "7 ", 1),
        component("a", "TPM", "99999999999999999999999", 1)}) {
    CAPTURE(bad.properties[0].value + bad.properties[1].value);
    report::manifest layer;
    layer.components = {bad};
    const report::manifest* manifests[] = {&layer};
    const policy rules;
    ledger book{rules};
    const auto found = collect_references(manifests, nullptr, book);
    CHECK(found.tpm.empty());
    const auto findings = std::move(book).take();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].code == "reference.trust_anchor");
  }
}

TEST_CASE("values that were given count beside those of manifests, until their time is over") {
  const auto now = time_point{std::chrono::hours{1}};
  endorsement::provisioned_set given{{component("a", "TPM", "4", 1), {}},
                                     {component("b", "SW", "", 2), now},
                                     {component("c", "SNP", "", 3), now - std::chrono::seconds{1}},
                                     {component("d", "TPM_PCR", "4", 4), {}},
                                     {component("e", "TDX", "6", 5), {}},
                                     {{}, {}}};
  reference_values into;
  add_provisioned(given, now, into);
  REQUIRE(into.tpm.size() == 1);
  CHECK(into.tpm.front().component == &given.front().value);
  CHECK(into.tpm.front().register_index == 4);
  CHECK(into.sw.size() == 1);
  CHECK(into.container_rules == std::vector<const codec::free_object*>{nullptr});
  CHECK(into.snp.empty());
  CHECK(into.tdx.empty());
}

TEST_SUITE_END();
