#include "tests/vectors/tpm_facts.hpp"

#include "shared/base/hex.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/tpm/algorithm.hpp"
#include "shared/evidence/tpm/public_area.hpp"
#include "tests/vectors/kinds.hpp"

#include <string_view>
#include <utility>

namespace troth::testing {

namespace {

using namespace evidence::tpm;

json common_facts(const attest& of, std::uint16_t type) {
  return {{"magic", hex(byte_view{of.signed_bytes}.first(4))},
          {"type", number(type, 4)},
          {"qualified_signer", hex(of.qualified_signer)},
          {"extra_data", hex(of.extra_data)},
          {"clock", of.clock_ms},
          {"reset_count", of.reset_count},
          {"restart_count", of.restart_count},
          {"safe", of.clock_safe ? 1 : 0},
          {"firmware_version", number(of.firmware_version, 16)},
          {"trailing", 0}}; // or it would not have been parsed
}

std::string curve_name(std::uint16_t id) {
  switch (id) {
  case curve::nist_p256:
    return "P-256";
  case curve::nist_p384:
    return "P-384";
  default:
    return "P-521";
  }
}

bytes name_of(const public_area& area) {
  const auto id = id_from_hash(area.name_algorithm);
  bytes out{static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
  const auto hash = crypto::hash(area.name_algorithm, area.exact);
  out.insert(out.end(), hash.view().begin(), hash.view().end());
  return out;
}

json public_facts(const public_area& area) {
  json out{{"name_alg", manifest_name(area.name_algorithm)},
           {"attributes", number(area.attributes.value, 8)},
           {"restricted", area.attributes.restricted},
           {"sign", area.attributes.sign},
           {"fixed_tpm", area.attributes.fixed_tpm},
           {"scheme", number(area.scheme, 0)},
           {"auth_policy", hex(area.auth_policy)},
           {"name", hex(name_of(area))},
           {"consumed", area.exact.size()}};
  if (area.scheme_hash)
    out["scheme_hash"] = manifest_name(*area.scheme_hash);
  if (const auto* rsa = std::get_if<rsa_parameters>(&area.key)) {
    out["type"] = "RSA";
    out["bits"] = rsa->key_bits;
  } else {
    out["type"] = "ECC";
    out["curve"] = curve_name(std::get<ecc_parameters>(area.key).curve_id);
  }
  return out;
}

std::optional<public_area> read_public_area(const bytes& file) {
  auto area = parse_public_area(file);
  if (!area)
    area = parse_sized_public_area(file);
  return area ? std::optional{*std::move(area)} : std::nullopt;
}

bool is_rsa(crypto::key_kind kind) {
  return kind == crypto::key_kind::rsa2048 || kind == crypto::key_kind::rsa3072
         || kind == crypto::key_kind::rsa4096;
}

// RFC 4514 gives nine attribute types a short name; manifests write all others as OIDs.
std::string manifest_subject(std::string subject) {
  for (const auto& [ours, theirs] : {std::pair{"postalCode=", "2.5.4.17="}, {"street=", "STREET="}})
    if (const auto at = subject.find(ours); at != std::string::npos)
      subject.replace(at, std::string_view{ours}.size(), theirs);
  return subject;
}

} // namespace

json attest_facts(const quote& of) {
  constexpr std::uint16_t attest_quote = 0x8018;
  auto out = common_facts(of, attest_quote);
  out["pcr_digest"] = hex(of.pcr_digest);
  out["pcr_select"] = json::array();
  for (const auto& selection : of.selections) {
    const auto bank = hash_from_id(selection.hash);
    out["pcr_select"].push_back(
      {{"hash", bank ? manifest_name(*bank) : "?"}, {"pcrs", selection.pcrs()}});
  }
  return out;
}

json attest_facts(const certification& of) {
  constexpr std::uint16_t attest_certify = 0x8017;
  auto out = common_facts(of, attest_certify);
  out["certified_name"] = hex(of.name);
  out["certified_qualified_name"] = hex(of.qualified_name);
  return out;
}

void add_public_areas(const vector_case& given, json& facts) {
  for (const auto& [key, content] : given.files) {
    const bool is_certified = key.starts_with("certified");
    if (!is_certified && key != "ak_public_tpmt")
      continue;
    const auto area = read_public_area(content);
    if (!area)
      continue;
    facts[is_certified ? "certified_key" : "ak_public"] = public_facts(*area);
    const auto attested = facts.value("attest", json::object());
    if (is_certified && attested.contains("certified_name"))
      facts["certified_name_matches_public"] = attested.at("certified_name") == hex(name_of(*area));
  }
}

std::optional<crypto::certificate> read_certificate(const bytes& file) {
  if (auto der = crypto::certificate::from_der(file))
    return *std::move(der);
  if (const auto pem = crypto::certificate::from_pem(to_text(file)))
    return pem->back();
  return std::nullopt;
}

json certificate_facts(const crypto::certificate& of) {
  json out{{"subject", manifest_subject(of.subject())},
           {"not_before", format_time(of.not_before())},
           {"not_after", format_time(of.not_after())},
           {"serial", of.serial()},
           {"sha256", hex(of.sha256().view())},
           {"key", is_rsa(of.key().kind()) ? "RSA" : "EC"},
           {"extension_oids", json::array()}};
  for (const auto& extension : of.extensions())
    out["extension_oids"].push_back(extension.oid + (extension.critical ? "(critical)" : ""));
  return out;
}

std::string scheme_name(signature_scheme scheme) {
  switch (scheme) {
  case signature_scheme::ecdsa:
    return "ECDSA";
  case signature_scheme::rsassa:
    return "RSASSA";
  case signature_scheme::rsapss:
    return "RSAPSS";
  case signature_scheme::eddsa:
    return "EdDSA";
  }
  return {};
}

std::string key_type_name(crypto::key_kind kind) {
  switch (kind) {
  case crypto::key_kind::p256:
    return "ECC-secp256r1";
  case crypto::key_kind::p384:
    return "ECC-secp384r1";
  case crypto::key_kind::p521:
    return "ECC-secp521r1";
  default:
    return std::string{name(kind)};
  }
}

} // namespace troth::testing
