#include "shared/link/keyring.hpp"

#include "tests/support/tls_pki.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

using namespace troth;

namespace {

struct keyring_fixture {
  testing::tls_pki pki;

  std::string code(const link::credentials& files, const std::string& role = "verifier") {
    const auto opened = link::keyring::open(files, role);
    return opened ? "none" : std::string{name(opened.error().code)};
  }

  /// Makes the time of a file another, whatever the clock's steps are.
  static void touch(const std::string& file) {
    using namespace std::chrono_literals;
    std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + 10s);
  }
};

} // namespace

TEST_SUITE_BEGIN("link/keyring");

TEST_CASE_FIXTURE(keyring_fixture, "certificates that are not ours to use are refused") {
  const auto good = pki.issue("verifier");
  CHECK(code(good) == "none");
  CHECK(code({"", good.certificate, good.key, ""}) == "missing");
  CHECK(code({good.ca, "", good.key, ""}) == "missing");
  CHECK(code({good.ca, good.certificate, "", ""}) == "missing");
  CHECK(code({good.ca, pki.path("none"), good.key, ""}) == "io");
  CHECK(code({good.ca, good.key, good.key, ""}) == "io");
  CHECK(code({good.key, good.certificate, good.key, ""}) == "io");
  CHECK(code({good.ca, good.certificate, pki.issue("est").key, ""}) == "io");
  CHECK(code({good.ca, good.certificate, good.key, pki.path("none")}) == "io");
  CHECK(code({good.ca, good.certificate, good.key, good.key}) == "malformed");
  const auto pipe = pki.path("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(code({pipe, good.certificate, good.key, ""}) == "io");
  CHECK(code({good.ca, pipe, good.key, ""}) == "io");
  CHECK(code({good.ca, good.certificate, "-----BEGIN PRIVATE KEY-----\nx", ""}) == "malformed");
  CHECK(code({good.ca, good.certificate, pipe, ""}) == "io");
  CHECK(code({good.ca, good.certificate, good.key, pipe}) == "io");
  CHECK(code(good, "gateway") == "forbidden");
  CHECK(code(pki.issue("nobody", {})) == "forbidden");
  CHECK(code(pki.issue("both", {"urn:troth:role:verifier", "urn:troth:role:est"})) == "forbidden");
  testing::tls_pki other;
  const auto stranger = other.issue("verifier");
  CHECK(code({good.ca, stranger.certificate, stranger.key, ""}) == "untrusted");
}

TEST_CASE_FIXTURE(keyring_fixture,
                  "files that change are read anew, and what cannot be used is not") {
  auto files = pki.issue("verifier");
  files.denied = pki.path("denied");
  std::ofstream{files.denied} << "";
  const auto keys = *link::keyring::open(files, "verifier");
  const auto before = keys->context();
  CHECK(!keys->refresh().is_fresh);
  CHECK(keys->context() == before);

  pki.issue("verifier"); // renewed, under the same names
  touch(files.certificate);
  CHECK(keys->refresh().is_fresh);
  CHECK(keys->context() != before);

  const auto digest = std::string(64, 'a');
  CHECK(!keys->is_denied(digest));
  std::ofstream{files.denied} << digest;
  touch(files.denied);
  CHECK(keys->refresh().is_fresh);
  CHECK(keys->is_denied(digest));

  const auto good = keys->context();
  std::ofstream{files.denied} << "nonsense";
  touch(files.denied);
  const auto found = keys->refresh();
  CHECK(!found.is_whole);
  REQUIRE(found.unusable.size() == 1);
  CHECK(found.unusable.front().code == errc::malformed);
  CHECK(keys->context() == good);
  CHECK(keys->is_denied(digest));
  const auto again = keys->refresh();
  CHECK(again.unusable.empty()); // told once
  CHECK(!again.is_whole);
}

TEST_CASE_FIXTURE(keyring_fixture, "a certificate is denied also while the key cannot be used") {
  auto files = pki.issue("verifier");
  files.denied = pki.path("denied");
  std::ofstream{files.denied} << "";
  const auto keys = *link::keyring::open(files, "verifier");
  const auto good = keys->context();
  std::ofstream{files.key} << "half of a renewal";
  const auto digest = std::string(64, 'a');
  std::ofstream{files.denied} << digest;
  const auto found = keys->refresh();
  REQUIRE(found.unusable.size() == 1);
  CHECK(found.unusable.front().code == errc::io);
  CHECK(keys->is_denied(digest));
  CHECK(keys->context() == good);
}

TEST_CASE_FIXTURE(keyring_fixture, "what cannot be used is tried again, whatever made it usable") {
  auto files = pki.issue("verifier");
  files.denied = pki.path("denied");
  std::ofstream{files.denied} << "";
  const auto keys = *link::keyring::open(files, "verifier");
  const auto digest = std::string(64, 'a');
  const auto when = std::filesystem::last_write_time(files.denied);
  std::ofstream{files.denied} << "nonsense";
  CHECK(!keys->refresh().is_whole);
  std::ofstream{files.denied} << digest;
  std::filesystem::last_write_time(files.denied, when); // as if moved there
  CHECK(keys->refresh().is_whole);
  CHECK(keys->is_denied(digest));
}

TEST_CASE("a deny list holds digests as tools write them, and words for people") {
  const auto plain = std::string(62, '0') + "af";
  std::string colons;
  for (int n = 0; n < 31; ++n)
    colons += "01:";
  const auto read
    = link::parse_deny_list("# stolen\n" + plain + " # a laptop\n\n" + colons + "FF\r\n");
  REQUIRE(read);
  CHECK(read->size() == 2);
  CHECK(read->contains(plain));
  CHECK(read->contains([] {
    std::string out;
    for (int n = 0; n < 31; ++n)
      out += "01";
    return out + "ff";
  }()));
  CHECK(link::parse_deny_list("sha256 Fingerprint=" + colons + "FF\n")->size() == 1);
  for (const auto& bad : {plain + "0", "=" + plain + "0", plain + "=", plain.substr(1),
                          std::string(64, 'g'), plain + plain})
    CHECK(link::parse_deny_list(bad).error().code == errc::malformed);
}

TEST_SUITE_END();
