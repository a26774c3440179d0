#include "tools/testtool/provision.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/files/files.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace troth;
using namespace troth::testing;
using namespace troth::testtool;

namespace {

const std::string sum(64, 'a');

std::string refusal(const std::string& command_line) {
  const auto read = read_claim(command_line);
  return read ? "none" : std::string{name(read.error().code)};
}

/// A machine whose command line names what one of its devices begins with.
struct machine_fixture {
  machine_fixture() {
    ca = mint_root(ca_content("deployment")).certificate.pem();
    data = "token=0123ab.secret\nca=" + ca;
    options.command_line = folder.path() / "cmdline";
    options.devices = {folder.path() / "vda", folder.path() / "vdb"};
    options.token_out = folder.path() / "token";
    options.ca_out = folder.path() / "ca.pem";
    write("vda", "another disk" + std::string(data.size(), '\0'));
    write("vdb", data + std::string(512, '\0'));
    write("cmdline",
          "quiet config_hash=" + hex(crypto::hash(hash_algorithm::sha256, to_bytes(data)).view())
            + " config_size=" + std::to_string(data.size()) + '\n');
  }

  void write(const std::string& file, const std::string& content) const {
    REQUIRE(files::write(folder.path() / file, to_bytes(content), files::access::everyone));
  }

  terminal::exit_code run() {
    const ports world{said, complained, {}, {}, {}, {}};
    return provision(options, world);
  }

  temporary_folder folder;
  std::string ca;
  std::string data;
  provision_options options;
  std::ostringstream said;
  std::ostringstream complained;
};

} // namespace

TEST_SUITE_BEGIN("tools/provision");

TEST_CASE("a command line claims a digest and a size") {
  const auto read = read_claim("console=hvc0 config_hash=" + sum + " config_size=989");
  REQUIRE(read);
  CHECK(hex(read->sha256) == sum);
  CHECK(read->size_bytes == 989);
}

TEST_CASE("what claims nothing, or too much, is refused") {
  CHECK(refusal("") == "missing");
  CHECK(refusal("config_hash=" + sum) == "missing");
  CHECK(refusal("xconfig_hash=" + sum + " config_size=1") == "missing");
  CHECK(refusal("config_hash=" + sum + " config_hash=" + sum + " config_size=1") == "missing");
  CHECK(refusal("config_hash=aa config_size=1") == "malformed");
  CHECK(refusal("config_hash=" + sum + " config_size=0") == "malformed");
  CHECK(refusal("config_hash=" + sum + " config_size=-1") == "malformed");
  CHECK(refusal("config_hash=" + sum + " config_size=12x") == "malformed");
  CHECK(refusal("config_hash=" + sum + " config_size=1048577") == "too_large");
}

TEST_CASE_FIXTURE(machine_fixture, "token and CA come from the device that is meant") {
  CHECK(run() == terminal::good);
  CHECK(to_text(*files::read(options.token_out, 100)) == "0123ab.secret");
  CHECK(to_text(*files::read(options.ca_out, 10'000)) == ca);
  using std::filesystem::perms;
  CHECK((std::filesystem::status(options.token_out).permissions()
         & (perms::group_all | perms::others_all))
        == perms::none);
}

TEST_CASE_FIXTURE(machine_fixture, "other data than what was measured is not taken") {
  write("vdb", "token=other\nca=" + ca + std::string(512, '\0'));
  CHECK(run() == terminal::exit_code_for(errc::not_found));
  CHECK(complained.str().starts_with("troth-testtool: not_found: none of 2 devices"));
  CHECK(!std::filesystem::exists(options.token_out));
  options.devices = {folder.path() / "absent"};
  CHECK(run() == terminal::exit_code_for(errc::not_found));
}

TEST_CASE_FIXTURE(machine_fixture, "data of another form is refused") {
  const auto code = [](const std::string& text) {
    const auto read = read_provisioning_data(text);
    return read ? "none" : std::string{name(read.error().code)};
  };
  CHECK(code(data) == "none");
  CHECK(code(data + std::string(3, '\0')) == "none");
  CHECK(code("ca=" + ca) == "missing");
  CHECK(code("token=\nca=" + ca) == "missing");
  CHECK(code("token=a\n") == "missing");
  CHECK(code("token=a\nca=none") == "malformed");
}

TEST_SUITE_END();
