#include "actors/tls_key_shelf.hpp"

#include "shared/crypto/issue.hpp"
#include "shared/files/files.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

using namespace troth;

namespace {

constexpr const char* some_id = "00112233-4455-4677-8899-aabbccddeeff";
constexpr const char* other_id = "10112233-4455-4677-8899-aabbccddeeff";
const time_point now{std::chrono::hours{24 * 365 * 50}};

crypto::certificate certificate_of(const crypto::private_key& key) {
  crypto::certificate_content content;
  content.subject.common_name = "a machine";
  content.not_before = now;
  content.not_after = now + std::chrono::hours{24};
  return *crypto::self_sign(content, key);
}

/// A key in software that is certified, by itself.
actors::tls_key_record some_key(const std::string& id = some_id) {
  const auto key = *crypto::private_key::generate(crypto::key_kind::p256);
  return {id,
          {"sw",
           "EC256",
           crypto::key_kind::p256,
           {"a machine", {"machine.example"}, {"192.0.2.7"}},
           "somebody"},
          now,
          {},
          key,
          {certificate_of(key)}};
}

struct shelf_fixture {
  testing::temporary_folder folder;
  std::vector<std::string> notes;
  std::filesystem::path keys = folder.path() / "keys";
  actors::tls_key_shelf shelf = loaded();

  actors::tls_key_shelf loaded() {
    actors::tls_key_shelf out{keys, [this](const std::string& what) { notes.push_back(what); }};
    out.load();
    return out;
  }

  std::filesystem::path file(const std::string& id = some_id) const {
    return keys / (id + ".json");
  }

  std::string content() const { return to_text(*files::read(file(), 1 << 20)); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream{keys / name} << text;
  }
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

errc code_of(const std::string& content) {
  const auto read = actors::read_tls_key(to_bytes(content), some_id);
  return read ? errc{} : read.error().code;
}

} // namespace

TEST_SUITE_BEGIN("actors/tls_key_shelf");

TEST_CASE_FIXTURE(shelf_fixture, "a key outlives the process, in a file of its owner alone") {
  const auto key = some_key();
  REQUIRE(shelf.put(key));
  struct stat about {};
  REQUIRE(stat(file().c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0600U);
  REQUIRE(stat(keys.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0700U);
  const auto again = loaded();
  REQUIRE(again.all().size() == 1);
  const auto* const read = again.find(some_id);
  REQUIRE(read != nullptr);
  CHECK(read->as.kind == "sw");
  CHECK(read->as.algorithm == "EC256");
  CHECK(read->as.owner == "somebody");
  CHECK(read->as.names.common_name == "a machine");
  CHECK(read->as.names.dns_names == std::vector<std::string>{"machine.example"});
  CHECK(read->as.names.ip_addresses == std::vector<std::string>{"192.0.2.7"});
  CHECK(read->created == now);
  CHECK(read->chain.front().der() == key.chain.front().der());
  CHECK(read->in_file->public_half() == key.in_file->public_half());
  CHECK(notes.empty());
}

TEST_CASE_FIXTURE(shelf_fixture, "a key is replaced as a whole, and erased") {
  REQUIRE(shelf.put(some_key()));
  const auto next = some_key();
  REQUIRE(shelf.put(next));
  CHECK(loaded().find(some_id)->chain.front().der() == next.chain.front().der());
  CHECK(files::list(keys, 10)->size() == 1);
  REQUIRE(shelf.erase(some_id));
  CHECK(shelf.erase(some_id).error().code == errc::not_found);
  CHECK(loaded().all().empty());
  CHECK_FALSE(std::filesystem::exists(file()));
}

TEST_CASE_FIXTURE(shelf_fixture, "a broken file is noted, and the others are read") {
  REQUIRE(shelf.put(some_key()));
  REQUIRE(shelf.put(some_key(other_id)));
  const auto whole = content();
  write(std::string{some_id} + ".json", whole.substr(0, whole.size() / 2));
  write("notes.txt", "not a key");
  const auto again = loaded();
  CHECK(again.all().size() == 1);
  CHECK(again.find(other_id) != nullptr);
  REQUIRE(notes.size() == 2);
  CHECK(notes[0]
        == "TLS keys: " + std::string{some_id} + ".json is refused: truncated: TLS key: no JSON");
  CHECK(notes[1] == "TLS keys: notes.txt is not named as a key");
  CHECK(std::filesystem::exists(file())); // for whoever looks into it
}

TEST_CASE_FIXTURE(shelf_fixture, "what was being written when the process was killed goes") {
  REQUIRE(shelf.put(some_key()));
  write("." + std::string{other_id} + ".json.AbCdEf", "-----BEGIN PRIVATE KEY-----");
  CHECK(loaded().all().size() == 1);
  CHECK(std::distance(std::filesystem::directory_iterator{keys}, {}) == 1);
}

TEST_CASE_FIXTURE(shelf_fixture, "a key that cannot be kept is none") {
  std::ofstream{keys} << "no folder";
  CHECK(shelf.put(some_key()).error().code == errc::io);
  CHECK(shelf.find(some_id) == nullptr);
}

TEST_CASE_FIXTURE(shelf_fixture, "each member is looked at, and none that is not known is let in") {
  REQUIRE(shelf.put(some_key()));
  const auto good = content();
  CHECK(code_of(good) == errc{});
  CHECK(code_of(replaced(good, "\"kind\"", "\"more\": 1, \"kind\"")) == errc::unknown_key);
  CHECK(code_of(replaced(good, "\"kind\"", "\"publicArea\": \"\", \"kind\"")) == errc::unknown_key);
  CHECK(code_of(replaced(good, "\"owner\"", "\"owned\"")) == errc::missing);
  CHECK(code_of(replaced(good, "\"created\"", "\"creation\"")) == errc::missing);
  CHECK(code_of(replaced(good, "\"privateKey\"", "\"privatekey\"")) == errc::missing);
  CHECK(code_of(replaced(good, "BEGIN PRIVATE", "BEGIN PUBLIC")) == errc::malformed);
  CHECK(code_of(replaced(good, "BEGIN CERTIFICATE", "BEGIN CERTIFICATION")) == errc::malformed);
  CHECK(code_of(replaced(good, "\"sw\"", "\"hw\"")) == errc::unsupported);
  CHECK(code_of(replaced(good, "\"sw\"", "7")) == errc::missing); // as if there were none
  CHECK(code_of(replaced(good, "\"EC256\"", "\"EC384\"")) == errc::malformed);
  CHECK(code_of(replaced(good, some_id, other_id)) == errc::conflict);
  CHECK(code_of(replaced(good, "\"machine.example\"", "\"*.example\"")) == errc::malformed);
  CHECK(code_of(replaced(good, "\"192.0.2.7\"", "7")) == errc::malformed);
  CHECK(code_of(replaced(good, "2019", "20x9")) == errc::malformed);
  CHECK(code_of(good + "x") == errc::trailing);
  CHECK(code_of("[]") == errc::missing);
  CHECK(code_of("") == errc::truncated);
}

TEST_CASE_FIXTURE(shelf_fixture, "a certificate of another key is refused") {
  auto key = some_key();
  key.chain = some_key().chain;
  REQUIRE(shelf.put(key));
  const auto read = actors::read_tls_key(to_bytes(content()), some_id);
  REQUIRE(!read);
  CHECK(read.error().code == errc::malformed);
  CHECK(read.error().where == "certificate: of another key");
}

TEST_CASE("no error says what is in a file") {
  const auto key = some_key();
  auto text = to_text(actors::write_tls_key(key));
  const auto secret = text.substr(text.find("BEGIN PRIVATE KEY") + 40, 20);
  for (std::size_t size = 0; size < text.size(); size += 7) {
    const auto read = actors::read_tls_key(to_bytes(text.substr(0, size)), some_id);
    REQUIRE(!read);
    CHECK(to_string(read.error()).find(secret) == std::string::npos);
  }
}

TEST_CASE("a description names what may be known of a key, and nothing else") {
  const auto key = some_key();
  CHECK(actors::describe_tls_keys({&key})
        == R"({"keys":[{"id":"00112233-4455-4677-8899-aabbccddeeff","kind":"sw",)"
           R"("algorithm":"EC256","commonName":"a machine","dnsNames":["machine.example"],)"
           R"("ipAddresses":["192.0.2.7"],"owner":"somebody","created":"2019-12-20T00:00:00Z",)"
           R"("notAfter":"2019-12-21T00:00:00Z"}]})");
  CHECK(actors::describe_tls_keys({}) == R"({"keys":[]})");
}

TEST_CASE("a UUID is random but for its version and variant") {
  CHECK(actors::make_uuid(bytes(16, 0xFF)) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
  CHECK(actors::make_uuid(bytes(16, 0)) == "00000000-0000-4000-8000-000000000000");
  CHECK(actors::is_uuid(some_id));
  for (const auto* bad :
       {"", "../../etc/passwd", "00112233-4455-4677-8899-aabbccddeef",
        "00112233-4455-4677-8899-AABBCCDDEEFF", "00112233445546778899aabbccddeeff0000"})
    CHECK_FALSE(actors::is_uuid(bad));
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("actors/tls_key_wish");

TEST_CASE("what a key is to be is checked before anything is done for it") {
  protocol::tls_key_request good;
  good.kind = "tpm";
  good.algorithm = "RSA3072";
  good.common_name = "a machine";
  good.dns_names = {"machine.example"};
  good.ip_addresses = {"::1"};
  good.caller = "somebody";
  const auto wish = actors::read_tls_key_wish(good);
  REQUIRE(wish);
  CHECK(wish->of == crypto::key_kind::rsa3072);
  CHECK(wish->owner == "somebody");

  const auto code_with = [&](auto change) {
    auto request = good;
    change(request);
    const auto read = actors::read_tls_key_wish(request);
    return read ? errc{} : read.error().code;
  };
  CHECK(code_with([](auto& r) { r.kind = ""; }) == errc::missing);
  CHECK(code_with([](auto& r) { r.kind = "snp"; }) == errc::unsupported);
  CHECK(code_with([](auto& r) { r.algorithm = ""; }) == errc::missing);
  CHECK(code_with([](auto& r) { r.algorithm = "EC521"; }) == errc::unsupported);
  CHECK(code_with([](auto& r) { r.common_name = ""; }) == errc{});
  CHECK(code_with([](auto& r) {
          r.common_name = "";
          r.dns_names.clear();
          r.ip_addresses.clear();
        })
        == errc::missing);
  CHECK(code_with([](auto& r) { r.common_name = std::string(65, 'x'); }) == errc::malformed);
  CHECK(code_with([](auto& r) { r.common_name = "a\nb"; }) == errc::malformed);
  CHECK(code_with([](auto& r) { r.common_name = "\xc3\xbc"; }) == errc::malformed);
  CHECK(code_with([](auto& r) { r.dns_names = {"*.example"}; }) == errc::malformed);
  CHECK(code_with([](auto& r) { r.dns_names = {"192.0.2.7"}; }) == errc::malformed);
  CHECK(code_with([](auto& r) { r.dns_names = std::vector<std::string>(17, "a"); })
        == errc::too_large);
  CHECK(code_with([](auto& r) { r.dns_names = std::vector<std::string>(16, "a"); }) == errc{});
  CHECK(code_with([](auto& r) { r.ip_addresses = {"localhost"}; }) == errc::malformed);
  CHECK(code_with([](auto& r) { r.ip_addresses = std::vector<std::string>(17, "::1"); })
        == errc::too_large);
  CHECK(code_with([](auto& r) { r.caller = std::string(257, 'x'); }) == errc::malformed);
  CHECK(code_with([](auto& r) { r.caller = "\xff"; }) == errc::malformed);
}

TEST_SUITE_END();
