#include "actors/collateral_desk.hpp"
#include "actors/collateral_keeper.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/played_services.hpp"
#include "tests/support/temporary_folder.hpp"

#include <caf/all.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace troth;
using namespace troth::testing;
using namespace std::chrono_literals;
using actors::collateral_desk;
using device::intel_tee;

namespace {

/// A platform and a chip, their vendors' services, and a depot in front of them.
struct supplied {
  temporary_folder folder;
  device::simulated_platform sgx
    = minted(device::simulated_platform::make(intel_tee::sgx, minted_from, minted_until));
  device::simulated_platform tdx
    = minted(device::simulated_platform::make(intel_tee::tdx, minted_from, minted_until));
  snp_chip chip;
  played_services vendors = played_services::of(sgx, tdx, chip);
  std::shared_ptr<collateral::depot> depot
    = std::make_shared<collateral::depot>(folder.path(), collateral::choices{}, vendors.ports());
};

} // namespace

TEST_SUITE_BEGIN("actors/collateral");

TEST_CASE("a desk tells what it lacks, by name, and hands it out once it is there") {
  supplied from;
  collateral_desk empty{from.depot, minted_now};
  CHECK_FALSE(empty.of_platform(true, from.tdx.extension));
  CHECK(empty.of_chip(from.chip.report).empty());
  CHECK(empty.lists_of(from.chip.line, evidence::snp::signing_key::vcek).empty());
  CHECK(empty.missed().size() == 4 + 3);
  for (const auto& name : empty.missed())
    REQUIRE(from.depot->get(name));
  collateral_desk full{from.depot, minted_now};
  const auto said = full.of_platform(true, from.tdx.extension);
  REQUIRE(said);
  const auto info = collateral::tcb_info_name(collateral::intel_scope::tdx,
                                              from.tdx.extension.fmspc);
  CHECK(said->tcb_info == from.depot->find(info)->body);
  CHECK(said->tcb_info_intermediate_certificate == from.tdx.vendor.tcb_signer.certificate.der());
  CHECK(full.of_chip(from.chip.report).size() == 3);
  CHECK(full.lists_of(from.chip.line, evidence::snp::signing_key::vcek).size() == 1);
  CHECK(full.missed().empty());
}

TEST_CASE("a desk tells which PCK certificate it lacks, and hands it out with its issuers") {
  supplied from;
  endorsement::intel::pck_identity named;
  named.encrypted_ppid = bytes(384, 0xe7);
  named.cpu_svn = from.sgx.extension.tcb.cpu_svn;
  named.pce_svn = from.sgx.extension.tcb.pce_svn;
  from.vendors.serve_pck(from.sgx, named);
  collateral_desk empty{from.depot, minted_now};
  CHECK(empty.pck_chain_of(named).empty());
  CHECK(empty.missed() == std::vector{collateral::pck_name(named)});
  REQUIRE(from.depot->get(empty.missed().front()));
  collateral_desk full{from.depot, minted_now};
  const auto chain = full.pck_chain_of(named);
  REQUIRE(chain.size() == 3);
  CHECK(chain.front() == from.sgx.pck.certificate.der());
  CHECK(full.missed().empty());
}

TEST_CASE("a desk has the issuers of providers' keys, if AMD has") {
  supplied from;
  using evidence::snp::signing_key;
  const auto& vendor = from.chip.vendor();
  from.vendors.serve(collateral::authorities_name(from.chip.line, signing_key::vlek),
                     to_bytes(vendor.asvk.certificate.pem() + vendor.ark.certificate.pem()));
  collateral_desk desk{from.depot, minted_now};
  CHECK(desk.issuers_of(from.chip.line, signing_key::vlek).empty());
  CHECK(desk.missed().size() == 2); // the list, too
  REQUIRE(from.depot->get(desk.missed().back()));
  const auto issuers = desk.issuers_of(from.chip.line, signing_key::vlek);
  REQUIRE(issuers.size() == 2);
  CHECK(issuers.front() == vendor.asvk.certificate.der());
}

TEST_CASE("a desk hands out what is over, and tells that it lacks it") {
  supplied from;
  collateral_desk first{from.depot, minted_now};
  (void)first.of_platform(false, from.sgx.extension);
  for (const auto& name : first.missed())
    REQUIRE(from.depot->get(name));
  collateral_desk late{from.depot, minted_until};
  CHECK(late.of_platform(false, from.sgx.extension));
  CHECK(late.missed().size() == 4);
}

TEST_CASE("a desk has nothing for who signs with a provider's key, or on an unknown processor") {
  supplied from;
  collateral_desk desk{from.depot, minted_now};
  auto report = from.chip.report;
  report.signing_key_id = 1;
  CHECK(desk.of_chip(report).empty());
  report = from.chip.report;
  report.processor.reset();
  CHECK(desk.of_chip(report).empty());
  CHECK(desk.missed().empty());
}

TEST_CASE("a keeper fetches what it is asked for, and says how much of it is there") {
  supplied from;
  caf::actor_system_config config;
  caf::actor_system system{config};
  const auto keeper = actors::spawn_collateral_keeper(system, {"intel."}, from.depot);
  caf::scoped_actor self{system};
  std::uint32_t count = 0;
  self
    ->request(keeper, 10s, actors::collateral_atom::value,
              std::vector<std::string>{collateral::identity_name(collateral::intel_scope::tdx),
                                       "intel.tdx.tcb.ffffffffffff", "nothing"})
    .receive([&](std::uint32_t got) { count = got; },
             [](const caf::error& why) { FAIL(caf::to_string(why)); });
  CHECK(count == 1);
  caf::anon_send_exit(keeper, caf::exit_reason::user_shutdown);
}

TEST_CASE("a keeper renews what is due, of its vendor and no other") {
  supplied from;
  from.tdx.tcb_info.next_update = minted_now + 24h;
  from.vendors.serve(from.tdx);
  const auto info = collateral::tcb_info_name(collateral::intel_scope::tdx,
                                              from.tdx.extension.fmspc);
  const auto list = collateral::amd_list_name(from.chip.line, evidence::snp::signing_key::vcek);
  REQUIRE(from.depot->get(info));
  REQUIRE(from.depot->get(list));
  from.vendors.now += 23h + 59min;
  from.vendors.asked.clear();
  caf::actor_system_config config;
  caf::actor_system system{config};
  const auto keeper = actors::spawn_collateral_keeper(system, {"intel."}, from.depot);
  caf::scoped_actor self{system};
  self->send(keeper, actors::renew_atom::value);
  self->request(keeper, 10s, actors::collateral_atom::value, std::vector<std::string>{})
    .receive([](std::uint32_t) {}, [](const caf::error& why) { FAIL(caf::to_string(why)); });
  CHECK(from.vendors.asked == std::vector{minted(collateral::question_of(info)).path});
  caf::anon_send_exit(keeper, caf::exit_reason::user_shutdown);
}

TEST_SUITE_END();
