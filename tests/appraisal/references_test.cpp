#include "shared/appraisal/references.hpp"

#include "shared/appraisal/authority.hpp"
#include "shared/appraisal/log_references.hpp"

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

TEST_CASE("events meet the reference values of a log in order and out of it") {
  const auto a = component("a", "TPM", "4", 1);
  const auto b = component("b", "TPM", "4", 2);
  const auto again = component("again", "TPM", "4", 1);
  const auto other = component("other", "TPM", "5", 2);
  const auto start = component("TPM_PCR_INIT_VALUE", "TPM", "6", 3);
  const reference references[]
    = {{&a, 4}, {&b, 4}, {&again, 4}, {&other, 5}, {&start, 6, event_kind::initial}};
  const auto met = [](log_references& of) {
    std::string out;
    for (std::size_t at = 0; at < 5; ++at)
      out += of.was_met(at) ? '1' : '0';
    return out;
  };
  log_references expected{references, hash_algorithm::sha256};
  const auto meet = [&](std::uint64_t pcr, std::uint8_t fill,
                        event_kind kind = event_kind::extend) {
    const auto* const found = expected.meet(pcr, kind, sha256_of(fill));
    return found != nullptr ? found->component->name : "none";
  };
  CHECK(met(expected) == "00000");
  SUBCASE("in order, of which one is like another") {
    CHECK(meet(4, 1) == "a");
    CHECK(met(expected) == "10100");
    CHECK(meet(4, 2) == "b");
    CHECK(meet(4, 1) == "again");
    CHECK(meet(5, 2) == "other");
    CHECK(met(expected) == "11110");
    CHECK(meet(6, 3, event_kind::initial) == "TPM_PCR_INIT_VALUE");
    CHECK(met(expected) == "11111");
    CHECK(meet(6, 3, event_kind::initial) == "TPM_PCR_INIT_VALUE"); // behind the last
  }
  SUBCASE("one that nobody knows comes first") {
    CHECK(meet(4, 9) == "none");
    CHECK(meet(4, 1) == "a");
    CHECK(met(expected) == "10100");
  }
  SUBCASE("backwards") {
    CHECK(meet(5, 2) == "other");
    CHECK(meet(4, 2) == "b");
    CHECK(met(expected) == "01010");
  }
  SUBCASE("the next of another register or kind is not it") {
    CHECK(meet(5, 1) == "none");
    CHECK(meet(4, 1, event_kind::initial) == "none");
    CHECK(met(expected) == "00000");
  }
}

TEST_CASE("no start value is met where none is expected") {
  const auto a = component("a", "TPM", "4", 1);
  const reference references[] = {{&a, 4}};
  log_references expected{references, hash_algorithm::sha256};
  CHECK(expected.meet(4, event_kind::initial, sha256_of(1)) == nullptr);
  CHECK(!expected.was_met(0));
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

TEST_CASE("a policy gives registers to manifests by name, trust anchor and number") {
  policy rules;
  rules.authority = {{"os", {{"TPM", 8, 9}, {"TDX", 2, 2}}}};
  report::manifest os;
  os.info.name = "os";
  os.base_layers = {"os"}; // that it is the root says nothing then
  for (const std::uint64_t pcr : {8U, 9U})
    CHECK(may_speak_for(os, "TPM", pcr, rules));
  CHECK(may_speak_for(os, "TDX", 2, rules));
  for (const std::uint64_t pcr : {2U, 7U, 10U})
    CHECK(!may_speak_for(os, "TPM", pcr, rules));
  CHECK(!may_speak_for(os, "TDX", 8, rules));
  CHECK(!may_speak_for(os, "SW", 8, rules));
  os.info.name = "another";
  CHECK(!may_speak_for(os, "TPM", 8, rules));
}

TEST_CASE("layers above the root speak for what starts behind the firmware") {
  report::manifest layer;
  layer.info.name = "os";
  layer.base_layers = {"rtm"};
  const policy rules;
  for (const auto& [anchor, index] : {std::pair{"TPM", 0},
                                      {"TPM", 7},
                                      {"TDX", 0},
                                      {"TDX", 1},
                                      {"TDX", 5},
                                      {"SNP", 0},
                                      {"SGX", 0},
                                      {"IAS", 0}})
    CHECK(!may_speak_for(layer, anchor, static_cast<std::uint64_t>(index), rules));
  for (const auto& [anchor, index] :
       {std::pair{"TPM", 4}, {"TPM", 8}, {"TPM", 14}, {"TDX", 2}, {"TDX", 4}, {"SW", 0}})
    CHECK(may_speak_for(layer, anchor, static_cast<std::uint64_t>(index), rules));
  layer.base_layers = {"os"};
  CHECK(may_speak_for(layer, "SNP", 0, rules));
}

TEST_CASE("containers have the rules of their own manifest") {
  report::manifest layers[2];
  report::image_description image;
  for (std::size_t n = 0; n < 2; ++n) {
    layers[n].info.name = n == 0 ? "free" : "strict";
    layers[n].base_layers = {layers[n].info.name};
    layers[n].components = {component("a", "SW", "", 1)};
    image.descriptions.push_back({"description", "", layers[n].info.name});
  }
  image.descriptions[0].oci_rules.value = {{"process", "modifiable"}};
  const report::manifest* manifests[] = {&layers[1], &layers[0]};
  const policy rules;
  ledger book{rules};
  const auto found = collect_references(manifests, &image, book);
  CHECK(found.container_rules
        == std::vector<const codec::free_object*>{nullptr, &image.descriptions[0].oci_rules});
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
