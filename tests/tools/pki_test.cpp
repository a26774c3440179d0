#include "tools/pki/pki.hpp"

#include "shared/files/files.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/refusal.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/pki/role.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

using namespace troth;
using namespace troth::pki;
using namespace troth::testing;
using std::chrono::days;
using std::chrono::hours;

namespace fs = std::filesystem;

namespace {

constexpr days ten_years{3650};
constexpr days one_year{365};

/// A folder with CAs that are as old as `minted_now`.
struct pki_folder {
  pki_folder() { REQUIRE(init(path, "Example", {minted_now, ten_years})); }

  crypto::certificate ca(std::string_view name) const {
    return minted(read_certificates(path / (std::string{name} + ".pem"))).front();
  }

  result<crypto::certificate> issue_to(const std::string& role,
                                       validity valid = {minted_now, one_year}) const {
    return issue(path, {role, "one", "Example", {"one.example"}, {"192.0.2.1", "2001:db8::1"}},
                 path / role, valid);
  }

  temporary_folder temporary;
  fs::path path = temporary.path() / "pki";
};

bytes content(const fs::path& file) {
  return minted(files::read(file, 100'000));
}

} // namespace

TEST_SUITE_BEGIN("pki");

TEST_CASE("a certificate of each role has its EKUs, from its CA and no other") {
  const pki_folder folder;
  for (const auto& role : roles()) {
    CAPTURE(role.name);
    const auto made = folder.issue_to(std::string{role.name});
    REQUIRE(made);
    for (const auto& one : authorities()) {
      const std::vector roots{folder.ca(one.name)};
      for (const auto eku : role.extended_key_usages)
        CHECK(crypto::verify_chain(*made, {}, roots, {minted_now, eku}).has_value()
              == (one.name == role.ca));
    }
    const auto found = role_of(*made);
    REQUIRE(found);
    CHECK(found->name == role.name);
    CHECK(made->subject() == "CN=one,O=Example");
    CHECK(made->dns_names() == std::vector<std::string>{"one.example"});
    CHECK(made->ip_addresses()
          == std::vector<std::string>{"192.0.2.1", "2001:0db8:0000:0000:0000:0000:0000:0001"});
    CHECK(made->uris().size() == (role.names_role ? 1 : 0));
  }
}

TEST_CASE("the files of a certificate are it with its CA, and its key for the owner alone") {
  const pki_folder folder;
  const auto made = folder.issue_to("verifier");
  REQUIRE(made);
  const auto written = minted(read_certificates(folder.path / "verifier.pem"));
  REQUIRE(written.size() == 2);
  CHECK(written[0].der() == made->der());
  CHECK(written[1].der() == folder.ca("tls-ca").der());
  const auto key
    = minted(crypto::private_key::from_pem(to_text(content(folder.path / "verifier.key"))));
  CHECK(key.public_half() == made->key());
  for (const auto* name : {"verifier.key", "tls-ca.key", "metadata-ca.key", "ak-ca.key",
                           "status-ca.key", "tls-keys-ca.key"})
    CHECK(fs::status(folder.path / name).permissions() == fs::perms{0600});
}

TEST_CASE("nothing that is there is overwritten") {
  const pki_folder folder;
  REQUIRE(folder.issue_to("verifier"));
  const auto key = content(folder.path / "verifier.key");
  CHECK(refusal(folder.issue_to("verifier")) == errc::conflict);
  CHECK(content(folder.path / "verifier.key") == key);

  CHECK(refusal(init(folder.path, "Example", {minted_now, ten_years})) == errc::conflict);
  for (const auto* name : {"tls-ca.pem", "tls-ca.key", "metadata-ca.pem", "metadata-ca.key"})
    fs::remove(folder.path / name);
  CHECK(refusal(init(folder.path, "Example", {minted_now, ten_years})) == errc::conflict);
  CHECK(!fs::exists(folder.path / "tls-ca.pem"));
}

TEST_CASE("no certificate outlives its CA, and an expired CA issues none") {
  const pki_folder folder;
  const auto long_lived = folder.issue_to("prover", {minted_now, days{36500}});
  REQUIRE(long_lived);
  CHECK(long_lived->not_after() == folder.ca("tls-ca").not_after());
  CHECK(refusal(folder.issue_to("driver", {minted_now + ten_years, one_year})) == errc::expired);
  CHECK(refusal(folder.issue_to("driver", {minted_now - one_year, one_year})) == errc::expired);
}

TEST_CASE("a process without host names goes by its common name, where that can be one") {
  const pki_folder folder;
  const validity valid{minted_now, one_year};
  const auto made = issue(folder.path, {"prover", "prover-1", "", {}, {}}, folder.path / "a",
                          valid);
  REQUIRE(made);
  CHECK(made->dns_names() == std::vector<std::string>{"prover-1"});
  const auto renewed = renew(folder.path, folder.path / "a", key_choice::keep, valid);
  REQUIRE(renewed);
  CHECK(renewed->dns_names() == made->dns_names());
  CHECK(refusal(issue(folder.path, {"prover", "two words", "", {}, {}}, folder.path / "b", valid))
        == errc::malformed);
  const auto signer = issue(folder.path, {"metadata-signer", "two words", "", {}, {}},
                            folder.path / "c", valid);
  REQUIRE(signer);
  CHECK(signer->dns_names().empty());
}

TEST_CASE("what cannot be issued leaves no file") {
  const pki_folder folder;
  const auto refused = [&](const holder& to) {
    const auto why = refusal(issue(folder.path, to, folder.path / "x", {minted_now, one_year}));
    CHECK(!fs::exists(folder.path / "x.pem"));
    CHECK(!fs::exists(folder.path / "x.key"));
    return why;
  };
  CHECK(refused({"auditor", "x", "", {}, {}}) == errc::unsupported);
  CHECK(refused({"verifier", "x", "", {"two words"}, {}}) == errc::malformed);
  CHECK(refused({"verifier", "x", "", {}, {"300.1.1.1"}}) == errc::malformed);
  CHECK(refused({"verifier", std::string(65, 'x'), "", {}, {}}) == errc::malformed);
  fs::remove(folder.path / "tls-ca.key");
  CHECK(refused({"verifier", "x", "", {}, {}}) == errc::not_found);
}

TEST_CASE("a renewed certificate keeps names and key, and gets a new period") {
  const pki_folder folder;
  const auto old = minted(folder.issue_to("verifier"));
  const auto later = minted_now + days{500}; // the old one has expired
  const auto renewed = renew(folder.path, folder.path / "verifier", key_choice::keep,
                             {later, one_year});
  REQUIRE(renewed);
  CHECK(renewed->subject() == old.subject());
  CHECK(renewed->dns_names() == old.dns_names());
  CHECK(renewed->ip_addresses() == old.ip_addresses());
  CHECK(renewed->uris() == old.uris());
  CHECK(renewed->key() == old.key());
  CHECK(renewed->not_after() == later + one_year);
  const auto rekeyed = renew(folder.path, folder.path / "verifier", key_choice::renew,
                             {later, one_year});
  REQUIRE(rekeyed);
  CHECK(!(rekeyed->key() == old.key()));
  const auto key
    = minted(crypto::private_key::from_pem(to_text(content(folder.path / "verifier.key"))));
  CHECK(key.public_half() == rekeyed->key());
}

TEST_CASE("only what this CA issued, with its own key, is renewed") {
  const pki_folder folder;
  const pki_folder stranger;
  REQUIRE(stranger.issue_to("verifier"));
  const validity valid{minted_now, one_year};
  CHECK(refusal(renew(folder.path, stranger.path / "verifier", key_choice::keep, valid))
        == errc::untrusted);
  REQUIRE(folder.issue_to("verifier"));
  fs::copy_file(stranger.path / "verifier.key", folder.path / "verifier.key",
                fs::copy_options::overwrite_existing);
  CHECK(refusal(renew(folder.path, folder.path / "verifier", key_choice::keep, valid))
        == errc::conflict);
}

TEST_CASE("what a CA issued is valid under its renewed certificate too") {
  const pki_folder folder;
  const auto issued = minted(folder.issue_to("verifier"));
  const auto old = folder.ca("tls-ca");
  const auto renewed = renew_authority(folder.path, "tls-ca", {minted_now + hours{24}, ten_years});
  REQUIRE(renewed);
  CHECK(renewed->der() != old.der());
  CHECK(renewed->subject() == old.subject());
  const crypto::chain_requirements later{minted_now + hours{48}, crypto::eku::server_auth};
  CHECK(crypto::verify_chain(issued, {}, std::vector{*renewed}, later));
  CHECK(refusal(renew_authority(folder.path, "other-ca", {minted_now, ten_years}))
        == errc::unsupported);
}
