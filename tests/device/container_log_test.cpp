#include "shared/device/container_log.hpp"

#include "shared/codec/cbor_writer.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/device/container_register.hpp"
#include "shared/endorsement/container_configuration.hpp"
#include "shared/files/files.hpp"
#include "tests/support/fake_tpm.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace troth;
using nlohmann::json;

namespace {

constexpr std::uint32_t pcr = 11;

report::component container(std::uint8_t which) {
  const codec::free_object configuration{{{"process", {{"args", {"run", int{which}}}}}}};
  report::component out;
  out.type = "application";
  out.name = "container " + std::to_string(which);
  out.container = report::container_data{
    copy(endorsement::configuration_hash(configuration).view()), bytes(32, which), configuration};
  return out;
}

report::component event(std::uint8_t which) {
  return *device::container_event(container(which), {});
}

struct log_fixture {
  testing::temporary_folder folder;
  std::filesystem::path file = folder.path() / "containers.cbor";

  device::container_log open(const std::string& boot = "one") const {
    auto opened = device::container_log::open(file, boot);
    REQUIRE(opened);
    return *std::move(opened);
  }
};

struct register_fixture : log_fixture {
  testing::fake_tpm_state state;
  std::vector<std::string> notes;

  device::container_register start(const std::string& boot = "one") {
    device::container_register out{file,
                                   boot,
                                   {pcr, hash_algorithm::sha256},
                                   [this](const std::string& what) { notes.push_back(what); }};
    testing::fake_tpm at{state};
    REQUIRE(out.settle(at));
    return out;
  }

  result<report::component> measure(device::container_register& in, std::uint8_t which) {
    testing::fake_tpm at{state};
    return in.measure(at, container(which));
  }

  digest logged(const device::container_register& in) const {
    digest out{hash_algorithm::sha256};
    for (const auto& each : in.components()) {
      CHECK(each.pcr == pcr);
      crypto::extend(out, each.value.find_hash(hash_algorithm::sha256)->view());
    }
    return out;
  }
};

} // namespace

TEST_SUITE_BEGIN("device/container_log");

TEST_CASE("an event's digests are over both hashes of its container, in each bank") {
  const std::array banks{hash_algorithm::sha1, hash_algorithm::sha256, hash_algorithm::sha384};
  const auto made = device::container_event(container(1), banks);
  REQUIRE(made);
  REQUIRE(made->hashes.size() == 3);
  const auto& [configuration, rootfs, specification] = *made->container;
  CHECK(made->hashes[0] == endorsement::container_hash(configuration, rootfs));
  CHECK(made->hashes[1] == crypto::hash(hash_algorithm::sha1, {configuration, rootfs}));
  CHECK(made->hashes[2] == crypto::hash(hash_algorithm::sha384, {configuration, rootfs}));
}

TEST_CASE("an event that contradicts itself, or is of nothing, is refused") {
  const auto refusal = [](auto spoil) {
    auto said = container(1);
    spoil(said);
    const auto made = device::container_event(said, {});
    return made ? "none" : to_string(made.error());
  };
  using report::component;
  CHECK(refusal([](component& c) { c.container = {}; }) == "missing: event.ctrData");
  CHECK(refusal([](component& c) { c.container->rootfs_sha256.pop_back(); })
        == "malformed: event.ctrData: expected two SHA-256");
  CHECK(refusal([](component& c) { c.hashes = {digest{hash_algorithm::sha256}}; })
        == "conflict: event.hashes: not of event.ctrData");
  CHECK(refusal([](component& c) { c.container->oci_spec.value["process"] = json::object(); })
        == "conflict: event.ctrData.ociSpec: not what was hashed");
  CHECK(refusal([](component& c) { c.container->oci_spec = {}; }) == "none");
  CHECK(refusal([](component& c) { c.hashes = event(1).hashes; }) == "none");
}

TEST_CASE_FIXTURE(log_fixture, "a log is there again when it is opened again, with what is open") {
  auto log = open();
  CHECK(log.events().empty());
  REQUIRE(log.add(event(1)));
  REQUIRE(log.close());
  REQUIRE(log.add(event(2)));
  const auto again = open();
  REQUIRE(again.events().size() == 2);
  CHECK(again.events()[0] == event(1));
  CHECK(again.has_open_event());
  CHECK(again.closed() == 1);
  CHECK(again.contains(event(2)));
  CHECK(!again.contains(event(3)));
  REQUIRE(log.drop_open());
  CHECK(open().events().size() == 1);
  REQUIRE(log.clear());
  CHECK(open().events().empty());
}

TEST_CASE_FIXTURE(log_fixture, "what another run of the machine started is forgotten") {
  auto log = open("one");
  REQUIRE(log.add(event(1)));
  REQUIRE(log.close());
  CHECK(open("two").events().empty());
  CHECK(open("one").events().size() == 1);
}

TEST_CASE_FIXTURE(log_fixture, "a file that is no log is refused, and stays") {
  for (const auto& content : {to_bytes("nonsense"), bytes{0xa0}, bytes{}}) {
    REQUIRE(files::write(file, content, files::access::owner));
    CHECK(!device::container_log::open(file, "one"));
    CHECK(*files::read(file, 100) == content);
  }
  codec::cbor_writer out; // two open events
  out.map(3);
  out.unsigned_integer(0);
  out.text("one");
  out.unsigned_integer(1);
  out.array(0);
  out.unsigned_integer(2);
  out.unsigned_integer(1);
  REQUIRE(files::write(file, out.take(), files::access::owner));
  CHECK(device::container_log::open(file, "one").error().code == errc::malformed);
}

TEST_CASE_FIXTURE(register_fixture, "a container is in the log and in the register, once") {
  auto containers = start();
  const auto first = measure(containers, 1);
  REQUIRE(first);
  CHECK(first->find_hash(hash_algorithm::sha256) != nullptr);
  REQUIRE(measure(containers, 2));
  REQUIRE(measure(containers, 1));
  CHECK(containers.components().size() == 2);
  CHECK(logged(containers) == state.pcrs[pcr]);
  CHECK(containers.trouble().empty());
  auto restarted = start();
  CHECK(restarted.components().size() == 2);
  CHECK(notes.empty());
  REQUIRE(measure(restarted, 3));
  CHECK(logged(restarted) == state.pcrs[pcr]);
}

TEST_CASE_FIXTURE(register_fixture, "what was logged and not extended is out of the log at start") {
  auto containers = start();
  REQUIRE(measure(containers, 1));
  REQUIRE(open().add(event(2))); // and the power is gone
  auto restarted = start();
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("logged and not measured") != std::string::npos);
  CHECK(restarted.components().size() == 1);
  CHECK(restarted.trouble().empty());
  CHECK(!open().has_open_event());
  CHECK(logged(restarted) == state.pcrs[pcr]);
}

TEST_CASE_FIXTURE(register_fixture, "what was extended and not closed is in the log at start") {
  auto containers = start();
  REQUIRE(measure(containers, 1));
  REQUIRE(open().add(event(2)));
  crypto::extend(state.pcrs[pcr], event(2).hashes.front().view()); // and the power is gone
  auto restarted = start();
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("measured before a crash") != std::string::npos);
  CHECK(restarted.components().size() == 2);
  CHECK(!open().has_open_event());
  CHECK(logged(restarted) == state.pcrs[pcr]);
}

TEST_CASE_FIXTURE(register_fixture, "what somebody else extended is said, and nothing is added") {
  auto containers = start();
  REQUIRE(measure(containers, 1));
  crypto::extend(state.pcrs[pcr], bytes(32, 9));
  auto restarted = start();
  CHECK(restarted.trouble().find("PCR 11 is not what the log leads to") != std::string::npos);
  REQUIRE(notes.size() == 1);
  CHECK(restarted.components().size() == 1);
  CHECK(measure(restarted, 2).error().code == errc::conflict);
}

TEST_CASE_FIXTURE(register_fixture, "a TPM that was reset begins a new log") {
  auto containers = start();
  REQUIRE(measure(containers, 1));
  state.pcrs[pcr] = digest{hash_algorithm::sha256};
  auto restarted = start();
  CHECK(restarted.components().empty());
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("the TPM was reset") != std::string::npos);
  REQUIRE(measure(restarted, 2));
  CHECK(logged(restarted) == state.pcrs[pcr]);
}

TEST_CASE_FIXTURE(register_fixture, "a TPM that goes away in between leaves what a start settles") {
  auto containers = start();
  REQUIRE(measure(containers, 1));
  state.is_on = false;
  CHECK(measure(containers, 2).error().code == errc::io);
  state.is_on = true;
  CHECK(open().has_open_event());
  CHECK(start().components().size() == 1);
}

TEST_SUITE_END();
