#include "shared/collateral/depot.hpp"

#include "shared/base/hex.hpp"
#include "shared/collateral/intel_pck_server.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/files/files.hpp"
#include "tests/support/played_services.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

using namespace troth;
using namespace troth::testing;
using namespace troth::collateral;
using namespace std::chrono_literals;
using device::intel_tee;

namespace {

template <class T>
errc refusal(const result<T>& of) {
  REQUIRE_FALSE(of);
  return of.error().code;
}

device::simulated_platform platform_of(intel_tee tee) {
  auto out = minted(device::simulated_platform::make(tee, minted_from, minted_until));
  for (auto* head : {static_cast<endorsement::intel::statement_head*>(&out.tcb_info),
                     static_cast<endorsement::intel::statement_head*>(&out.identity)}) {
    head->issue_date = minted_now - 24h * 10;
    head->next_update = minted_now + 24h * 20;
  }
  return out;
}

/// How a quote of a platform names its PCK certificate, with an encrypted PPID.
endorsement::intel::pck_identity named_pck(const device::simulated_platform& of) {
  endorsement::intel::pck_identity out;
  out.encrypted_ppid = bytes(384, 0xe7);
  out.cpu_svn = of.extension.tcb.cpu_svn;
  out.pce_svn = of.extension.tcb.pce_svn;
  out.pce_id = of.extension.pce_id;
  return out;
}

/// A platform, Intel's services, and a depot in front of them.
struct played_platform {
  explicit played_platform(intel_tee tee = intel_tee::tdx) : platform(platform_of(tee)) {
    // nop
  }

  std::string info() const {
    return tcb_info_name(platform.tee == intel_tee::tdx ? intel_scope::tdx : intel_scope::sgx,
                         platform.extension.fmspc);
  }

  device::simulated_platform platform;
  played_services intel = played_services::of(platform);
  temporary_folder folder;
  depot known{folder.path(), {}, intel.ports()};
};

} // namespace

TEST_SUITE_BEGIN("collateral/depot");

TEST_CASE("each name asks for one thing, and what names nothing is refused") {
  const auto path = [](std::string_view name, const choices& chosen = {}) {
    return minted(question_of(name, chosen)).path;
  };
  CHECK(path("intel.sgx.tcb.00906ed50000")
        == "/sgx/certification/v4/tcb?fmspc=00906ed50000&update=standard");
  CHECK(path("intel.tdx.tcb.50806f000000", {"early", 0, false})
        == "/tdx/certification/v4/tcb?fmspc=50806f000000&update=early");
  CHECK(path("intel.tdx.qe", {"early", 17, false})
        == "/tdx/certification/v4/qe/identity?tcbEvaluationDataNumber=17");
  CHECK(path("intel.sgx.qe") == "/sgx/certification/v4/qe/identity?update=standard");
  CHECK(path("intel.pck-list.platform") == "/sgx/certification/v4/pckcrl?ca=platform&encoding=der");
  CHECK(path("intel.root-list") == "/sgx/certification/v4/rootcacrl");
  CHECK(path("intel.root-list", {"standard", 0, true}) == "/IntelSGXRootCA.der");
  CHECK(minted(question_of("intel.root-list", {"standard", 0, true})).of
        == service::intel_root_list);
  CHECK(path("amd.Genoa.vcek-chain") == "/vcek/v1/Genoa/cert_chain");
  CHECK(path("amd.Turin.vlek-list") == "/vlek/v1/Turin/crl");
  for (const auto* name :
       {"", "intel", "intel.sgx", "intel.sgx.tcb.00906ED50000", "intel.sgx.tcb.00906ed5000",
        "intel.sgx.tcb.../etc", "intel.qve.qe", "intel.pck-list.other", "amd.milan.vcek-chain",
        "amd.Milan.vcek", "amd.Milan.vcek.00.00", "amd.Milan.vcek-chain.x", "arm.root-list",
        "../passwd"})
    CHECK(refusal(question_of(name)) == errc::malformed);
}

TEST_CASE("a PCK certificate is asked for as the quote names it, numbers little-endian") {
  endorsement::intel::pck_identity named;
  named.encrypted_ppid = bytes(384, 0xe7);
  named.cpu_svn.fill(8);
  named.pce_svn = 0x010b;
  named.qe_id.fill(0x51);
  std::string ppid;
  for (int i = 0; i < 384; ++i)
    ppid += "e7";
  const auto rest = "cpusvn=" + hex(named.cpu_svn)
                    + "&pcesvn=0b01&pceid=0000&qeid=" + hex(named.qe_id);
  CHECK(minted(question_of(pck_name(named))).path
        == "/sgx/certification/v4/pckcert?encrypted_ppid=" + ppid + '&' + rest);
  named.pce_id = {1, 0};
  named.encrypted_ppid.resize(256); // of RSA-2048, which Intel's service does not take
  CHECK(minted(question_of(pck_name(named))).path
        == "/sgx/certification/v4/pckcert?cpusvn=" + hex(named.cpu_svn)
             + "&pcesvn=0b01&pceid=0100&qeid=" + hex(named.qe_id));
  const auto name = pck_name(named);
  for (const auto& bad : {name.substr(1), name + "0", name + ".x", std::string{"intel.pck"},
                          "intel.pck.00" + name.substr(11)})
    CHECK(refusal(question_of(bad)) == errc::malformed);
}

TEST_CASE("a PCK certificate is asked for once, kept and known again, however long its name is") {
  played_platform played;
  const auto named = named_pck(played.platform);
  played.intel.serve_pck(played.platform, named);
  const auto name = pck_name(named);
  CHECK(name.size() > 255);
  const auto got = minted(played.known.get(name));
  CHECK(minted(played.known.get(name)) == got);
  CHECK(played.intel.asked.size() == 1);
  const auto chain = minted(pck_chain(*got));
  CHECK(chain.size() == 3);
  CHECK(chain.front() == played.platform.pck.certificate.der());
  CHECK(got->until == played.platform.pck.certificate.not_after());
  depot later{played.folder.path(), {}, played.intel.ports()};
  CHECK_FALSE(later.find(name));
  later.load();
  CHECK(later.find(name));
  CHECK(minted(later.get(name))->body == got->body);
  CHECK(played.intel.asked.size() == 1);
  played.intel.now += 24h * 30;
  CHECK(std::ranges::count(later.due(), name) == 0); // Intel says nothing else of it
}

TEST_CASE("a PCK certificate that is not the one, or not Intel's, is not kept") {
  played_platform played;
  auto named = named_pck(played.platform);
  const auto refused = [&] {
    played.intel.serve_pck(played.platform, named);
    return refusal(depot{played.folder.path(), {}, played.intel.ports()}.get(pck_name(named)));
  };
  const auto good = named;
  named.cpu_svn.front() ^= 1;
  CHECK(refused() == errc::malformed);
  named = good;
  named.pce_svn ^= 0x100;
  CHECK(refused() == errc::malformed);
  named = good;
  named.pce_id = {7, 0};
  CHECK(refused() == errc::malformed);
  named = good;
  played.intel.trust.intel_roots.clear();
  CHECK(refused() == errc::untrusted);
  played.intel.serve(pck_name(named), to_bytes("no certificate"), {});
  CHECK(refusal(played.known.get(pck_name(named))) == errc::malformed);
}

TEST_CASE("a cache that has no certificate for a platform is not asked again at once") {
  for (const int status : {461, 462}) {
    played_platform played;
    const auto name = pck_name(named_pck(played.platform));
    const auto path = minted(question_of(name)).path;
    played.intel.pages[path] = http_answer{status, {}};
    CHECK(refusal(played.known.get(name)) == errc::no_endorsement);
    CHECK(refusal(played.known.get(name)) == errc::no_endorsement);
    CHECK(played.intel.asked.size() == 1);
    CHECK(played.known.get(played.info())); // the service is not silent
  }
}

TEST_CASE("whoever has PCK certificates asked for too often stops nothing else") {
  played_platform played;
  const auto name = pck_name(named_pck(played.platform));
  played.intel.pages[minted(question_of(name)).path] = http_answer{429, {}};
  CHECK(refusal(played.known.get(name)) == errc::exhausted);
  CHECK(played.known.get(played.info()));
}

TEST_CASE("Intel's statements are asked for once, with issuers and times of their own") {
  for (const auto tee : {intel_tee::sgx, intel_tee::tdx}) {
    played_platform played{tee};
    const auto info = minted(played.known.get(played.info()));
    CHECK(info->until == minted_now + 24h * 20);
    CHECK(info->fetched == minted_now);
    CHECK(minted(certificates_of(*info)).size() == 2);
    for (const auto& name :
         {identity_name(tee == intel_tee::tdx ? intel_scope::tdx : intel_scope::sgx),
          std::string{intel_root_list_name}, std::string{platform_list_name}})
      CHECK(played.known.get(name));
    CHECK(played.intel.asked.size() == 4);
    CHECK(played.known.get(played.info()));
    CHECK(played.intel.asked.size() == 4);
    CHECK(played.known.all().size() == 4);
  }
}

TEST_CASE("a list in hex, as a PCCS hands it out, is the same list") {
  played_platform played;
  auto& page = played.intel.pages.at("/sgx/certification/v4/rootcacrl");
  const auto der = page.body;
  page.body = to_bytes(hex(der));
  CHECK(minted(played.known.get(std::string{intel_root_list_name}))->body == der);
}

TEST_CASE("what is kept is found by another process, and not where it was changed") {
  played_platform played;
  const auto first = minted(played.known.get(played.info()));
  played.intel.is_down = true;
  depot other{played.folder.path(), {}, played.intel.ports()};
  CHECK(other.find(played.info()) == nullptr);
  other.load();
  REQUIRE(other.find(played.info()));
  CHECK(other.find(played.info())->body == first->body);
  depot third{played.folder.path(), {}, played.intel.ports()};
  CHECK(minted(third.get(played.info()))->body == first->body);
  CHECK(played.intel.asked.size() == 1);

  const auto file = played.folder.path() / (played.info() + ".json");
  auto text = to_text(minted(files::read(file, max_item_bytes)));
  text.replace(text.find("troth-collateral-1"), 18, "troth-collateral-9");
  REQUIRE(files::write(file, to_bytes(text), files::access::owner));
  depot fourth{played.folder.path(), {}, played.intel.ports()};
  fourth.load();
  CHECK(fourth.find(played.info()) == nullptr);
  CHECK(refusal(fourth.get(played.info())) == errc::unavailable);
}

TEST_CASE("what is over is asked for again, and found with its time if nobody answers") {
  played_platform played;
  REQUIRE(played.known.get(played.info()));
  played.intel.now = minted_now + 24h * 20;
  played.intel.is_down = true;
  CHECK(refusal(played.known.get(played.info())) == errc::unavailable);
  const auto old = played.known.find(played.info());
  REQUIRE(old);
  CHECK_FALSE(old->is_current(played.intel.now));
  played.intel.is_down = false;
  played.intel.now += 5s;
  CHECK(refusal(played.known.get(played.info())) == errc::malformed); // the server has no newer
  played.platform.tcb_info.issue_date = minted_now + 24h * 15;
  played.platform.tcb_info.next_update = minted_now + 24h * 45;
  played.intel.serve(played.platform);
  CHECK(minted(played.known.get(played.info()))->until == minted_now + 24h * 45);
}

TEST_CASE("an answer older than what is known is not taken: nobody rolls TCB info back") {
  played_platform played;
  REQUIRE(played.known.get(played.info()));
  played.platform.tcb_info.issue_date -= 1s;
  played.intel.serve(played.platform);
  played.intel.now += 25h;
  CHECK(refusal(played.known.renew(played.info())) == errc::conflict);
  CHECK(played.known.find(played.info())->from == minted_now - 24h * 10);
}

TEST_CASE("what was used is due each day, and some time before it is over; keys are not") {
  played_platform played;
  const snp_chip chip;
  played.intel.serve(chip);
  depot known{played.folder.path(), {}, played.intel.ports()};
  const auto vcek = vcek_name(chip.report, chip.line);
  for (const auto& name : {played.info(), vcek})
    REQUIRE(known.get(name));
  CHECK(played.intel.asked.size() == 3); // the chain of the key, too
  CHECK(known.due().empty());
  played.intel.now += 23h;
  CHECK(known.due().empty());
  played.intel.now += 1h;
  CHECK(known.due() == std::vector{played.info()});
  REQUIRE(known.renew(played.info()));
  CHECK(played.intel.asked.size() == 4);
  CHECK(known.due().empty());
  REQUIRE(known.renew(played.info())); // what is not due is not asked for
  CHECK(played.intel.asked.size() == 4);

  depot early{played.folder.path(), {}, played.intel.ports()};
  played.intel.now = minted_now + 24h * 13; // a quarter of 30 days before the end
  REQUIRE(early.get(played.info()));
  CHECK(early.due() == std::vector{played.info()});
  played.intel.now += 24h * 7;
  CHECK(early.due().empty()); // not used for a week
}

TEST_CASE("a service that is asked too often is left alone for as long as it says") {
  played_platform played;
  const auto pages = played.intel.pages;
  for (const auto& [said, silence] : {std::pair{"", 60s}, std::pair{"7", 7s},
                                      std::pair{"soon", 60s}, std::pair{"999999", 3600s}}) {
    for (auto& [path, page] : played.intel.pages)
      page = {429, {}, {{"retry-after", said}}};
    played.intel.asked.clear();
    CHECK(refusal(played.known.get(played.info())) == errc::exhausted);
    played.intel.pages = pages;
    CHECK(refusal(played.known.get("intel.tdx.qe")) == errc::exhausted);
    played.intel.now += silence - 1s;
    CHECK(refusal(played.known.get(played.info())) == errc::exhausted);
    CHECK(played.intel.asked.size() == 1);
    played.intel.now += 1s;
  }
  CHECK(played.known.get(played.info()));
}

TEST_CASE("what there is not is not asked for again at once; other things are") {
  played_platform played;
  for (int i = 0; i < 3; ++i)
    CHECK(refusal(played.known.get("intel.tdx.tcb.000000000000")) == errc::no_endorsement);
  CHECK(played.intel.asked.size() == 1);
  CHECK(played.known.get(played.info()));
  played.intel.now += 5min;
  CHECK(refusal(played.known.get("intel.tdx.tcb.000000000000")) == errc::no_endorsement);
  CHECK(played.intel.asked.size() == 3);
}

TEST_CASE("a service that is not configured is not asked, and a broken one has its code") {
  played_platform played;
  depot alone{played.folder.path(), {}, {{}, [] { return minted_now; }}};
  CHECK(refusal(alone.get(played.info())) == errc::no_endorsement);
  played.intel.pages.begin()->second.status = 500;
  const auto broken = minted(question_of(identity_name(intel_scope::tdx))).path;
  played.intel.pages[broken].status = 500;
  CHECK(refusal(played.known.get(identity_name(intel_scope::tdx))) == errc::unavailable);
  CHECK(refusal(played.known.get("intel")) == errc::malformed);
}

TEST_CASE("an answer that is something else is not kept") {
  played_platform played;
  const auto path = minted(question_of(played.info())).path;
  auto other = platform_of(intel_tee::tdx);
  other.tcb_info.fmspc[0] ^= 1;
  auto over = platform_of(intel_tee::tdx);
  over.tcb_info.next_update = minted_now;
  for (const auto& body : {bytes{}, to_bytes("{}"), minted(other.collateral()).tcb_info,
                           minted(over.collateral()).tcb_info,
                           minted(platform_of(intel_tee::sgx).collateral()).tcb_info,
                           minted(played.platform.collateral()).qe_identity}) {
    played.intel.pages[path].body = body;
    CHECK(refusal(played.known.get(played.info())) == errc::malformed);
    CHECK(played.known.find(played.info()) == nullptr);
  }
}

TEST_CASE("who comes at the same time waits for the one answer") {
  played_platform played;
  std::vector<std::thread> all;
  for (int i = 0; i < 8; ++i)
    all.emplace_back([&] { (void)played.known.get(played.info()); });
  for (auto& each : all)
    each.join();
  CHECK(played.intel.asked.size() == 1);
}

TEST_CASE("a bundle carries what is known to a machine that reaches no service") {
  played_platform played;
  for (const auto& name : {played.info(), identity_name(intel_scope::tdx)})
    REQUIRE(played.known.get(name));
  std::vector<item> carried;
  for (const auto& each : played.known.all())
    carried.push_back(*each);
  const auto bundle = write_items(carried);

  const temporary_folder folder;
  depot island{folder.path(), {}, {{}, [] { return minted_now; }, {}, played.intel.trust}};
  CHECK(minted(island.take_in(minted(read_items(bundle)))) == 2);
  CHECK(minted(island.get(played.info()))->body == played.known.find(played.info())->body);
  auto older = minted(read_items(bundle));
  older.front().from -= 1s;
  CHECK(minted(island.take_in(older)) == 1);
}

TEST_CASE("a bundle is read whole or not at all, and each of its items is looked at") {
  played_platform played;
  const auto good = *minted(played.known.get(played.info()));
  const auto text = write_items(std::span{&good, 1});
  for (std::size_t size = 0; size < text.size(); size += 97)
    CHECK_FALSE(read_items(text.substr(0, size)));
  const auto changed = [&](const std::string& from, const std::string& to) {
    auto out = text;
    out.replace(out.find(from), from.size(), to);
    return refusal(read_items(out));
  };
  CHECK(changed("troth-collateral-1", "troth-collateral-2") == errc::unsupported);
  CHECK(changed("\"items\"", "\"item\"") == errc::missing);
  CHECK(changed("\"body\"", "\"bodies\"") == errc::missing);
  CHECK(changed("\"fetched\":\"2", "\"fetched\":\"x") == errc::malformed);
  CHECK(changed("\"body\":\"", "\"body\":\"!") == errc::malformed);
  CHECK(changed(good.name, "intel.tdx.tcb.000000000000") == errc::malformed);
  CHECK(changed(good.name, "../../passwd") == errc::malformed);
}

TEST_CASE("what the vendor did not sign does not take the place of what is known") {
  played_platform played;
  const auto good = minted(played.known.get(played.info()));
  auto other = platform_of(intel_tee::tdx); // another who calls itself Intel
  other.tcb_info.issue_date += 1h;
  auto unheard = played_services::of(other);
  played.intel.pages = unheard.pages;
  played.intel.now += 25h;
  CHECK(refusal(played.known.renew(played.info())) == errc::untrusted);
  CHECK(played.known.find(played.info())->body == good->body);
  depot again{played.folder.path(), {}, played.intel.ports()};
  again.load();
  CHECK(again.find(played.info())->body == good->body);
  played.platform.tcb_info.issue_date += 1s;
  played.intel.serve(played.platform);
  CHECK(minted(played.known.renew(played.info()))->body != good->body);
}

TEST_CASE("each kind of item is kept only if a root of its vendor vouches for it") {
  const auto genuine = platform_of(intel_tee::tdx);
  const auto forger = platform_of(intel_tee::tdx);
  const snp_chip chip;
  const auto forged_amd = minted(device::simulated_amd::make(chip.line, minted_from, minted_until));
  const auto good = played_services::of(genuine, chip);
  auto forged = played_services::of(forger);
  const auto info = tcb_info_name(intel_scope::tdx, genuine.extension.fmspc);
  const auto vcek = vcek_name(chip.report, chip.line);
  const auto chain = authorities_name(chip.line, evidence::snp::signing_key::vcek);
  forged.serve(
    vcek,
    minted(forged_amd.make_vek(chip.extensions, minted_from, minted_until)).certificate.der());
  forged.serve(chain,
               to_bytes(forged_amd.ask.certificate.pem() + forged_amd.ark.certificate.pem()));
  const auto amd_list = amd_list_name(chip.line, evidence::snp::signing_key::vcek);
  crypto::revocation_content empty;
  empty.this_update = minted_from;
  empty.next_update = minted_until;
  empty.signed_with = {signature_scheme::rsapss, hash_algorithm::sha384};
  forged.serve(amd_list, minted(crypto::issue_revocation_list(empty, forged_amd.ark.certificate,
                                                              forged_amd.ark.key)));
  for (const auto& name : {info, identity_name(intel_scope::tdx), std::string{intel_root_list_name},
                           std::string{platform_list_name}, vcek, chain, amd_list}) {
    CAPTURE(name);
    auto services = good;
    const auto path = minted(question_of(name)).path;
    services.pages[path] = forged.pages.at(path);
    const temporary_folder folder;
    depot strict{folder.path(), {}, services.ports()};
    const auto code = refusal(strict.get(name));
    CHECK((code == errc::untrusted || code == errc::bad_signature));
    CHECK(strict.find(name) == nullptr);
    services.pages = good.pages;
    CHECK(strict.get(name));
    auto anybody = services.ports();
    anybody.trust.reset();
    services.pages[path] = forged.pages.at(path);
    const temporary_folder elsewhere;
    CHECK(depot{elsewhere.path(), {}, anybody}.get(name));
  }
}

TEST_CASE("a statement is as it was signed, with the certificates of who did") {
  played_platform played;
  const auto path = minted(question_of(played.info())).path;
  const auto good = played.intel.pages.at(path);
  auto& page = played.intel.pages[path];
  auto text = to_text(good.body);
  const auto number = text.find("\"tcbEvaluationDataNumber\":") + 26;
  text[number] = text[number] == '9' ? '8' : '9';
  page.body = to_bytes(text);
  CHECK(refusal(played.known.get(played.info())) == errc::bad_signature);
  page = good;
  page.headers.clear();
  CHECK(refusal(played.known.get(played.info())) == errc::missing);
  page = good;
  CHECK(played.known.get(played.info()));
}

TEST_CASE("only roots that are pinned or given count") {
  played_platform played;
  auto ports = played.intel.ports();
  ports.trust = endorsement::trust_anchors{};
  const temporary_folder folder;
  depot strict{folder.path(), {}, ports};
  CHECK(refusal(strict.get(played.info())) == errc::untrusted);
  ports.trust->intel_root_keys
    = {crypto::hash(hash_algorithm::sha256, played.platform.vendor.root.certificate.key().der())};
  depot pinned{folder.path(), {}, ports};
  CHECK(pinned.get(played.info()));
  CHECK(pinned.get(std::string{intel_root_list_name}));
}

TEST_CASE("a bundle with an item that no vendor signed is refused whole") {
  played_platform played;
  const auto other = platform_of(intel_tee::tdx);
  auto unheard = played_services::of(other);
  const temporary_folder theirs;
  depot source{theirs.path(), {}, unheard.ports()};
  const std::vector items{*minted(played.known.get(identity_name(intel_scope::tdx))),
                          *minted(
                            source.get(tcb_info_name(intel_scope::tdx, other.extension.fmspc)))};
  const temporary_folder folder;
  depot island{folder.path(), {}, {{}, [] { return minted_now; }, {}, played.intel.trust}};
  CHECK(refusal(island.take_in(items)) == errc::untrusted);
  CHECK(island.all().empty());
  CHECK(minted(island.take_in({items.front()})) == 1);
}

TEST_SUITE_END();
