#include "tests/support/vectors.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/certificate.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

using namespace troth;
using namespace troth::crypto;
using namespace troth::testing;
using nlohmann::json;

namespace {

constexpr std::size_t cases = 5; // of this file, without vectors

bool absent() {
  if (vectors_folder())
    return false;
  skip_without_vectors(cases);
  return true;
}

json read_json(const std::string& file) {
  const auto content = read_vector(file);
  REQUIRE(content);
  return json::parse(*content);
}

result<std::vector<certificate>> parse(byte_view content) {
  const auto text = to_text(content);
  if (text.find("-----BEGIN") != std::string::npos)
    return certificate::from_pem(text);
  auto one = certificate::from_der(content);
  if (!one)
    return one.error();
  return std::vector{*std::move(one)};
}

std::vector<certificate> certificates_in(const std::string& file) {
  const auto content = read_vector(file);
  REQUIRE(content);
  auto read = parse(*content);
  REQUIRE(read);
  return *std::move(read);
}

time_point time_of(const json& text) {
  const auto when = parse_time(text.get<std::string>());
  REQUIRE(when);
  return *when;
}

const json& entry(const json& manifest, const std::string& id) {
  for (const auto& one : manifest.at("vectors"))
    if (one.at("id") == id)
      return one;
  throw std::runtime_error{id};
}

/// Reads the certificates that a table of the reference names by `@variable`.
std::vector<certificate> named(const json& names) {
  std::vector<certificate> out;
  for (const auto& name : names) {
    const auto file = "cmc/x509/" + name.get<std::string>().substr(1) + ".pem";
    for (auto& one : certificates_in(file))
      out.push_back(std::move(one));
  }
  return out;
}

void check_facts(const certificate& one, const json& facts) {
  CHECK(hex(one.sha256().view()) == facts.at("sha256").get<std::string>());
  CHECK(format_time(one.not_before()) == facts.at("not_before").get<std::string>());
  CHECK(format_time(one.not_after()) == facts.at("not_after").get<std::string>());
  if (facts.contains("subject"))
    CHECK(one.subject() == facts.at("subject").get<std::string>());
  if (facts.contains("serial"))
    CHECK(one.serial() == facts.at("serial").get<std::string>());
}

/// The facts of a collection of certificates, and who issued whom.
void check_collection(const std::string& id) {
  const auto manifest = read_json("tpm/manifest.json");
  const auto& collection = entry(manifest, id);
  const auto& facts = collection.at("expected").at("certificates");
  std::map<std::string, certificate> by_name;
  for (const auto& [name, file] : collection.at("files").items())
    by_name.emplace(name, certificates_in("tpm/" + file.get<std::string>()).front());
  for (const auto& [name, one] : by_name) {
    CAPTURE(name);
    check_facts(one, facts.at(name));
    if (!facts.at(name).contains("issued_by"))
      continue;
    const auto& issuers = facts.at(name).at("issued_by");
    for (const auto& [other, issuer] : by_name) {
      const auto is_issuer = std::ranges::count(issuers, json(other)) != 0;
      if (!is_issuer && issuer.der() == one.der()) // the same under two names
        continue;
      CAPTURE(other);
      const auto both_valid = std::max(one.not_before(), issuer.not_before());
      const auto path = verify_chain(one, {}, std::vector{issuer},
                                     {both_valid + std::chrono::hours{24}, {}});
      CHECK(path.has_value() == is_issuer);
    }
  }
}

} // namespace

TEST_SUITE_BEGIN("crypto/vectors");

TEST_CASE("every certificate in the field is read") {
  if (absent())
    return;
  std::size_t count = 0;
  for (const auto& found : std::filesystem::recursive_directory_iterator{*vectors_folder()}) {
    const auto name = found.path().filename().string();
    if (!found.is_regular_file() || name.find("crl") != std::string::npos)
      continue;
    const auto content = read_vector(found.path());
    REQUIRE(content);
    const auto is_certificate = name.ends_with(".der")
                                || to_text(*content).starts_with("-----BEGIN CERTIFICATE");
    if (!is_certificate)
      continue;
    CAPTURE(found.path().string());
    CHECK(parse(*content));
    ++count;
  }
  CHECK(count > 0);
}

TEST_CASE("chains of the reference's table verify or do not") {
  if (absent())
    return;
  for (const auto& row : read_json("cmc/x509/TestVerifyCertChain.json")) {
    CAPTURE(row.at("name").get<std::string>());
    const auto carried = named(row.at("args").at("certs"));
    const auto path = verify_chain(carried.front(), std::span{carried}.subspan(1),
                                   named(row.at("args").at("cas")),
                                   {carried.front().not_before() + std::chrono::hours{24}, {}});
    CHECK(path.has_value() != row.at("wantErr").get<bool>());
  }
}

TEST_CASE("AMD's chains verify at their time, and strangers' do not") {
  if (absent())
    return;
  const auto manifest = read_json("snp/manifest.json");
  for (const auto& one : manifest.at("vectors")) {
    const auto& files = one.at("files");
    for (const auto* key : {"vcek", "vlek"}) {
      if (!files.contains(key))
        continue;
      CAPTURE(one.at("id").get<std::string>());
      const auto leaf = certificates_in("snp/" + files.at(key).get<std::string>());
      const auto* issuer = files.contains("ask") ? "ask" : "asvk";
      const auto ca = certificates_in("snp/" + files.at(issuer).get<std::string>());
      const auto root = certificates_in("snp/" + one.at("trust_anchor").get<std::string>());
      const chain_requirements requirements{time_of(one.at("time")), {}};
      CHECK(verify_chain(leaf.front(), ca, root, requirements).has_value()
            == one.at("expected").at("verdict").at("chain").get<bool>());
      CHECK(!verify_chain(leaf.front(), {}, root, requirements));
    }
  }
  const auto ask = certificates_in("cmc/snp/ask_milan.pem");
  const auto ark = certificates_in("cmc/snp/ark_milan.pem");
  const chain_requirements in_2023{*parse_time("2023-01-01T00:00:00Z"), {}};
  const auto good = certificates_in("cmc/snp/vcek_valid.pem").front();
  CHECK(good.serial() == "0");
  CHECK(verify_chain(good, ask, ark, in_2023));
  CHECK(!verify_chain(certificates_in("cmc/snp/vcek_other.pem").front(), ask, ark, in_2023));
}

TEST_CASE("Intel's chains verify at their time") {
  if (absent())
    return;
  for (const std::string kind : {"sgx", "tdx"}) {
    const auto manifest = read_json(kind + "/manifest.json");
    for (const auto& one : manifest.at("vectors")) {
      const auto& files = one.at("files");
      if (!files.contains("pck_chain") || one.at("time").is_null())
        continue;
      CAPTURE(one.at("id").get<std::string>());
      const auto chain = certificates_in(kind + '/' + files.at("pck_chain").get<std::string>());
      const auto root = certificates_in(kind + '/' + one.at("trust_anchor").get<std::string>());
      const auto path = verify_chain(chain.front(), std::span{chain}.subspan(1),
                                     std::span{root}.last(1), {time_of(one.at("time")), {}});
      CHECK(path.has_value() == one.at("expected").at("verdict").at("chain").get<bool>());
    }
  }
}

TEST_CASE("certificates of TPM vendors say what they say, and their issuers are found") {
  if (absent())
    return;
  check_collection("ek-certs-gce");
  check_collection("ek-vendor-cas");
}
