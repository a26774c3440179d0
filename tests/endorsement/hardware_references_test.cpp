#include "shared/endorsement/hardware_references.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "tests/support/intel_quotes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>
#include <vector>

using namespace troth;
using namespace troth::testing;
using namespace troth::endorsement;
using evidence::snp::product_line;

namespace {

constexpr std::string_view anchor_name = report::property_trust_anchor;
constexpr std::string_view register_name = report::property_index;

/// A report of version 2, which names no processor; its parts of the TCB differ.
evidence::snp::attestation_report old_report() {
  evidence::snp::attestation_report out;
  out.version = 2;
  out.policy = 0xb0000 | 0x0133; // SMT, the bit that must be one, debug; ABI 1.51
  out.measurement.fill(0x3e);
  out.current_tcb = tcb_of({0, 4, 1, 24, 219}, product_line::milan);
  out.committed_tcb = tcb_of({0, 4, 1, 23, 219}, product_line::milan);
  out.launch_tcb = tcb_of({0, 5, 0, 24, 219}, product_line::milan);
  out.reported_tcb = tcb_of({0, 3, 1, 24, 218}, product_line::milan);
  out.current_version = {1, 56, 2};
  out.committed_version = {1, 55, 21};
  return out;
}

errc refusal(const auto& made) {
  return made ? errc::internal : made.error().code;
}

} // namespace

TEST_SUITE_BEGIN("endorsement/hardware_references");

TEST_CASE("a guest is described by its digest and policy, and the lowest firmware it has") {
  const auto made = references_of(old_report(), product_line::milan);
  REQUIRE(made);
  REQUIRE(made->values.size() == 1);
  CHECK(*made->values[0].find_property(anchor_name) == "SNP");
  CHECK(made->values[0].find_property(register_name) == nullptr);
  CHECK(hex(made->values[0].find_hash(hash_algorithm::sha384)->view()).starts_with("3e3e"));
  report::snp_guest_policy guest;
  guest.type = "SNP Policy";
  guest.debug = guest.smt = true;
  guest.abi_major = 1;
  guest.abi_minor = 0x33;
  CHECK(made->policy
        == report::snp_policy{2, 5, guest, {{"milan", {21, 1, 55}, {0, 3, 0, 23, 218}}}});
}

TEST_CASE("a report that names no processor needs to be told, and another is a conflict") {
  auto report = old_report();
  CHECK(refusal(references_of(report, std::nullopt)) == errc::missing);
  report.version = 3;
  report.processor = evidence::snp::processor{0x19, 0x11, 1};
  CHECK(refusal(references_of(report, product_line::milan)) == errc::conflict);
  const auto made = references_of(report, std::nullopt);
  REQUIRE(made);
  CHECK(made->policy.versions.front().name == "genoa");
}

TEST_CASE("an enclave is described by its measurement, signer and attributes") {
  auto quote = counted_sgx_quote();
  namespace attribute = evidence::sgx::attribute;
  quote.body.flags = attribute::init | attribute::mode64bit | attribute::kss;
  quote.body.xfrm = 0xe7;
  const auto made = references_of(quote);
  REQUIRE(made.values.size() == 1);
  CHECK(*made.values[0].find_property(anchor_name) == "SGX");
  CHECK(made.values[0].hashes
        == std::vector{*digest::from(hash_algorithm::sha256, quote.body.mr_enclave)});
  report::sgx_policy wanted;
  wanted.quote_version = 3;
  wanted.mr_signer = copy(quote.body.mr_signer);
  wanted.isv_svn = 0x0203;
  wanted.attributes.initted = wanted.attributes.mode_64_bit = true;
  wanted.attributes.kss = wanted.attributes.avx = true;
  CHECK(made.policy == wanted);
  quote.body.xfrm = 3;
  CHECK(references_of(quote).policy.attributes.legacy);
  CHECK(!references_of(quote).policy.attributes.avx);
}

TEST_CASE("a domain is described by its registers, owner and attributes") {
  auto quote = counted_tdx_quote();
  quote.body.rtmrs = {};
  quote.body.xfam = 0x0602e7;
  quote.body.td_attributes = evidence::tdx::td_attribute::sept_ve_disable;
  const auto made = references_of(quote, nullptr);
  REQUIRE(made);
  REQUIRE(made->values.size() == 2);
  CHECK(*made->values[0].find_property(register_name) == "0");
  CHECK(made->values[0].hashes
        == std::vector{*digest::from(hash_algorithm::sha384, quote.body.mr_td)});
  CHECK(*made->values[1].find_property(register_name) == "5");
  CHECK(made->values[1].hashes
        == std::vector{*digest::from(hash_algorithm::sha384, quote.body.mr_seam)});
  CHECK(made->policy.quote_version == quote.header.version);
  CHECK(made->policy.td_id.mr_owner == copy(quote.body.mr_owner));
  CHECK(made->policy.td_id.mr_owner_config == copy(quote.body.mr_owner_config));
  CHECK(made->policy.td_id.mr_config_id == copy(quote.body.mr_config_id));
  CHECK(hex(made->policy.xfam) == "e702060000000000");
  CHECK(made->policy.attributes.sept_ve_disable);
  CHECK(!made->policy.attributes.debug);
}

TEST_CASE("registers that were extended need the log that leads to them") {
  auto quote = counted_tdx_quote();
  quote.body.rtmrs = {};
  const auto value = *digest::from(hash_algorithm::sha384, bytes(48, 7));
  digest register_2{hash_algorithm::sha384};
  crypto::extend(register_2, value.view());
  std::ranges::copy(register_2.view(), quote.body.rtmrs[2].begin());
  CHECK(refusal(references_of(quote, nullptr)) == errc::conflict);

  evidence::eventlog::event_log log{};
  evidence::eventlog::event event{};
  event.register_index = 3;
  event.type = evidence::eventlog::event_type::separator;
  event.digests = {value};
  log.events = {event};
  const auto made = references_of(quote, &log);
  REQUIRE(made);
  REQUIRE(made->values.size() == 3);
  CHECK(made->values[2].name == "EV_SEPARATOR");
  CHECK(*made->values[2].find_property(register_name) == "3");
  CHECK(made->values[2].hashes == std::vector{value});

  log.events.front().register_index = 2;
  CHECK(refusal(references_of(quote, &log)) == errc::conflict);
  log.events.front().digests = {*digest::from(hash_algorithm::sha256, bytes(32, 7))};
  CHECK(refusal(references_of(quote, &log)) == errc::missing);
}

TEST_SUITE_END();
