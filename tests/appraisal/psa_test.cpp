#include "tests/support/psa_device.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troth;
using namespace troth::testing;

namespace {

/// The rules that a device fails, in their order; empty: it is affirmed.
std::vector<std::string> failed_rules(psa_device& device, const appraisal::policy& rules = {}) {
  appraisal::ledger book{rules};
  const auto result = device.appraise(book);
  std::vector<std::string> out;
  for (const auto& finding : std::move(book).take())
    if (finding.says == report::outcome::fail)
      out.emplace_back(finding.rule);
  CHECK((result.summary.says == report::status::success) == out.empty());
  return out;
}

using names = std::vector<std::string>;

} // namespace

TEST_SUITE_BEGIN("appraisal/psa");

TEST_CASE_FIXTURE(psa_device, "a secured device that runs what the manifests say is affirmed") {
  CHECK(failed_rules(*this) == names{});
}

TEST_CASE_FIXTURE(psa_device, "an answer to another question is none") {
  said.nonce = bytes(32, 0x11);
  CHECK(failed_rules(*this) == names{"psa.nonce"});
}

TEST_CASE_FIXTURE(psa_device, "a device that can be debugged is not secured") {
  said.lifecycle = 0x4000;
  CHECK(failed_rules(*this) == names{"psa.lifecycle"});
}

TEST_CASE_FIXTURE(psa_device,
                  "each component needs a reference value, and each value a component") {
  SUBCASE("a component more") {
    said.software.push_back({"NSPE", bytes(48, 5), "", {}, ""});
    CHECK(failed_rules(*this) == names{"psa.component"});
  }
  SUBCASE("another component") {
    said.software[1].measurement = bytes(32, 5);
    CHECK(failed_rules(*this) == names{"psa.component", "psa.reference"});
  }
  SUBCASE("a reference value more") {
    add_reference(*digest::from(hash_algorithm::sha384, bytes(48, 5)));
    CHECK(failed_rules(*this) == names{"psa.reference"});
  }
  SUBCASE("an optional one more") {
    add_reference(*digest::from(hash_algorithm::sha384, bytes(48, 5)));
    references.back().optional = true;
    CHECK(failed_rules(*this) == names{});
  }
  SUBCASE("nothing on either side") {
    said.software.clear();
    said.has_no_software = true;
    references.clear();
    CHECK(failed_rules(*this) == names{"psa.component"});
  }
}

TEST_CASE_FIXTURE(psa_device, "only a certified key's word counts") {
  const auto other_ca = mint_root(ca_content("Other CA"));
  const auto other = mint(leaf_content("other"), ca);
  SUBCASE("another key") {
    signs_as = &other;
    CHECK(failed_rules(*this) == names{"psa.signature"});
  }
  SUBCASE("a byte changed") {
    spoil = [](bytes& token) { token.at(token.size() / 2) ^= 1U; };
    CHECK(failed_rules(*this).size() == 1);
  }
  SUBCASE("another CA") {
    roots = {other_ca.certificate};
    CHECK(failed_rules(*this) == names{"psa.chain"});
  }
  SUBCASE("a CA as the key") {
    key = ca;
    CHECK(failed_rules(*this) == names{"psa.certificate"});
  }
  SUBCASE("a root that the manifest does not name") {
    fingerprints = {hex(other_ca.certificate.sha256().view())};
    CHECK(failed_rules(*this) == names{});
    appraisal::policy strict;
    strict.require_ca_fingerprints = true;
    CHECK(failed_rules(*this, strict) == names{"psa.ca_fingerprint"});
  }
  SUBCASE("no token") {
    spoil = [](bytes& token) { token = bytes(10); };
    CHECK(failed_rules(*this) == names{"psa.format"});
  }
}

TEST_SUITE_END();
