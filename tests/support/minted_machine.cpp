#include "tests/support/minted_machine.hpp"

#include "shared/base/base64.hpp"
#include "shared/base/hex.hpp"
#include "shared/codec/cose.hpp"
#include "shared/codec/jws.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/endorsement/log_components.hpp"
#include "tests/support/ima_list.hpp"

namespace troth::testing {

namespace {

constexpr auto bank = hash_algorithm::sha256;
constexpr std::uint32_t ima_pcr = 10;

void put(bytes& out, std::uint64_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_sized(bytes& out, byte_view value) {
  put(out, value.size(), 2);
  out.insert(out.end(), value.begin(), value.end());
}

report::component component_of(std::uint32_t pcr, std::string name, byte_view raw) {
  report::component out;
  out.type = endorsement::component_type(pcr);
  out.name = std::move(name);
  out.hashes = {crypto::hash(bank, raw)};
  out.properties = {{std::string{report::property_trust_anchor}, "TPM"},
                    {std::string{report::property_index}, std::to_string(pcr)},
                    {std::string{report::property_raw}, base64(raw)}};
  return out;
}

report::meta_info info(std::string name) {
  return {std::move(name), "2026-01-01T00:00:00Z", report::validity{minted_from, minted_until}, ""};
}

report::manifest layer(const std::string& name, std::vector<std::string> bases) {
  report::manifest out;
  out.info = info(name);
  out.base_layers = std::move(bases);
  out.certification_level = 3;
  return out;
}

} // namespace

bytes quote_fields::marshal() const {
  bytes out;
  put(out, magic, 4);
  put(out, type, 2);
  put_sized(out, bytes(34, 0x01)); // qualifiedSigner
  put_sized(out, extra_data);
  put(out, 1'000, 8); // clock
  put(out, 1, 4);     // resetCount
  put(out, 0, 4);     // restartCount
  put(out, 1, 1);     // safe
  put(out, 1, 8);     // firmwareVersion
  put(out, selections.size(), 4);
  for (const auto& [hash, pcrs] : selections) {
    bytes bitmap(3);
    for (const auto pcr : pcrs)
      bitmap.at(pcr / 8) |= static_cast<std::uint8_t>(1U << pcr % 8);
    put(out, hash, 2);
    put(out, bitmap.size(), 1);
    out.insert(out.end(), bitmap.begin(), bitmap.end());
  }
  put_sized(out, pcr_digest);
  return out;
}

bytes tpmt_ecdsa(byte_view raw, std::uint16_t hash) {
  bytes out;
  put(out, 0x0018, 2);
  put(out, hash, 2);
  put_sized(out, raw.first(raw.size() / 2));
  put_sized(out, raw.last(raw.size() / 2));
  return out;
}

report::component boot_event(std::uint32_t pcr, std::string type_name, byte_view data) {
  return component_of(pcr, std::move(type_name), data);
}

report::component file_event(const std::string& path, byte_view content) {
  const auto raw = ima_ng_data("sha256", crypto::hash(bank, content).view(), path);
  auto out = component_of(ima_pcr, path.substr(path.rfind('/') + 1), raw);
  out.description = path;
  return out;
}

machine::machine(std::size_t ima_entries) {
  for (std::uint32_t pcr = 0; pcr <= 9; ++pcr)
    logs[pcr] = {boot_event(pcr, "EV_SEPARATOR", bytes(4, 0))};
  logs[0].insert(logs[0].begin(), boot_event(0, "EV_S_CRTM_VERSION", to_bytes("firmware 1")));
  logs[4].push_back(
    boot_event(4, "EV_EFI_ACTION", to_bytes("Calling EFI Application from Boot Option")));
  for (std::size_t at = 0; at < ima_entries; ++at)
    logs[ima_pcr].push_back(file_event("/usr/bin/program-" + std::to_string(at),
                                       to_bytes("content " + std::to_string(at))));
  manifests = {layer("rtm", {"rtm"}), layer("os", {"rtm"}), layer("app", {"os"})};
  image.info = info("image");
  for (const auto& manifest : manifests)
    image.descriptions.push_back({manifest.info.name + ".description", "", manifest.info.name});
  learn();
}

void machine::learn() {
  for (auto& manifest : manifests)
    manifest.components.clear();
  for (const auto& [pcr, events] : logs) {
    for (auto event : events) {
      std::erase_if(event.properties,
                    [](const auto& each) { return each.name == report::property_raw; });
      event.optional = pcr == ima_pcr;
      manifests[pcr < 8 ? 0 : pcr < 10 ? 1 : 2].components.push_back(std::move(event));
    }
  }
}

bytes machine::sign(const report::metadata_item& item) const {
  const auto payload = report::write_metadata(item, as);
  const auto is_status = std::holds_alternative<report::omsp_response>(item);
  std::vector<codec::signer> signers;
  const auto add = [&](const identity& by, const identity& ca) {
    const auto algorithm = by.key.default_algorithm();
    auto& out = signers.emplace_back(
      codec::signer{algorithm, {}, [&key = by.key, algorithm](byte_view signed_bytes) {
                      return key.sign(algorithm, signed_bytes);
                    }});
    if (carries_signer)
      out.certificates = {by.certificate.der(), ca.certificate.der()};
  };
  if (is_status) {
    add(status_signer, status_ca);
  } else {
    add(signer, metadata_ca);
    for (const auto& each : cosigners)
      add(each, metadata_ca);
  }
  if (as == report::encoding::cbor)
    return *codec::write_cose(payload, signers);
  const auto form = signers.size() == 1 ? codec::jws_form::flattened : codec::jws_form::general;
  return to_bytes(*codec::write_jws(payload, signers, form));
}

report::context machine::claims() const {
  report::context out;
  std::vector<report::metadata_item> items{image};
  items.insert(items.end(), manifests.begin(), manifests.end());
  std::map<std::string, std::string> digests; // by name
  const auto put = [&](const report::metadata_item& item) {
    auto signed_item = sign(item);
    const auto sum = hex(crypto::hash(bank, signed_item).view());
    digests[report::info_of(item).name] = sum;
    out.digests.push_back(sum);
    out.metadata[sum] = std::move(signed_item);
  };
  for (const auto& item : items)
    put(item);
  if (status)
    for (const auto& response : status(digests))
      put(response);
  report::collateral collateral;
  collateral.type = report::tpm_evidence;
  if (carries_ak)
    collateral.certificates = {ak.certificate.der(), ak_ca.certificate.der()};
  for (const auto& [pcr, events] : logs)
    collateral.artifacts.push_back({std::string{report::artifact_pcr_eventlog}, pcr, events});
  out.collaterals.push_back(std::move(collateral));
  return out;
}

bytes machine::report(report::context claims) const {
  report::report out;
  out.version = report::report_version;
  out.name = "machine";
  out.encoded_as = as;
  out.claims = std::move(claims);
  out.claims.nonce = nonce;
  quote_fields quote;
  quote.selections.emplace_back(0x000b, std::vector<std::uint32_t>{});
  bytes values;
  for (const auto& [pcr, events] : logs) {
    quote.selections[0].second.push_back(pcr);
    const auto value = *endorsement::replay(events, pcr, bank);
    values.insert(values.end(), value.view().begin(), value.view().end());
  }
  quote.pcr_digest = copy(crypto::hash(bank, values).view());
  if (spoil_context)
    spoil_context(out.claims);
  out.context_bytes = report::write_context(out.claims, as);
  quote.extra_data = copy(crypto::hash(bank, out.context_bytes).view());
  if (spoil_quote)
    spoil_quote(quote);
  const auto attest = quote.marshal();
  const signature_algorithm es256{signature_scheme::ecdsa, bank};
  out.evidences.push_back(
    {std::string{report::tpm_evidence}, attest, {}, tpmt_ecdsa(*ak.key.sign(es256, attest))});
  if (spoil_report)
    spoil_report(out);
  return report::write_report(out);
}

} // namespace troth::testing
