#include "shared/base/hex.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/eventlog/log.hpp"
#include "shared/evidence/tpm/algorithm.hpp"
#include "shared/evidence/tpm/certification.hpp"
#include "shared/evidence/tpm/quote.hpp"
#include "shared/evidence/tpm/signature.hpp"
#include "tests/vectors/kinds.hpp"
#include "tests/vectors/tpm_facts.hpp"

#include <algorithm>
#include <optional>

namespace troth::testing {

namespace {

using namespace evidence::tpm;

/// What is left to say of a TPM's evidence once it is parsed.
struct parts {
  std::optional<quote> quoted;
  std::optional<certification> certified;
  std::optional<signature_algorithm> scheme;
  std::optional<crypto::public_key> key;
  std::optional<crypto::certificate> certificate;

  const attest& attested() const {
    return quoted ? static_cast<const attest&>(*quoted) : static_cast<const attest&>(*certified);
  }
};

std::size_t coordinate_size(crypto::key_kind kind) {
  switch (kind) {
  case crypto::key_kind::p384:
    return 48;
  case crypto::key_kind::p521:
    return 66;
  default:
    return 32;
  }
}

// The signature as the key verifies it: from a TPMT_SIGNATURE, or as a file whose key says
// how it was made.
std::optional<bytes> read_signature(const vector_case& given, parts& of) {
  if (const auto* tpmt = given.file("signature_tpmt")) {
    const auto parsed = parse_signature(*tpmt);
    if (!parsed)
      return std::nullopt;
    of.scheme = parsed->algorithm;
    if (parsed->algorithm.scheme != signature_scheme::ecdsa)
      return parsed->rsa;
    const auto raw = raw_ecdsa(*parsed, coordinate_size(of.key->kind()));
    return raw ? std::optional{*raw} : std::nullopt;
  }
  if (const auto* raw = given.file("signature_raw_rsassa_sha256")) {
    of.scheme = signature_algorithm{signature_scheme::rsassa, hash_algorithm::sha256};
    return *raw;
  }
  return std::nullopt;
}

// The digest over the values of pcrs.json in the order of the selection.
std::optional<digest> composite(const quote& of, const json& pcrs, hash_algorithm algorithm) {
  bytes values;
  for (const auto& selection : of.selections) {
    const auto bank = hash_from_id(selection.hash);
    if (!bank)
      return std::nullopt;
    const auto stated = pcrs.value(manifest_name(*bank), json::object());
    for (const auto pcr : selection.pcrs()) {
      const auto value = from_hex(stated.value(std::to_string(pcr), std::string{"?"}));
      if (!value || value->size() != digest_size(*bank))
        return std::nullopt;
      values.insert(values.end(), value->begin(), value->end());
    }
  }
  return crypto::hash(algorithm, values);
}

void judge_measurements(const vector_case& given, const parts& of, outcome& out) {
  const auto* file = given.file("pcrs");
  if (file == nullptr || !of.quoted || !of.scheme)
    return;
  const auto stated = json::parse(to_text(*file));
  const auto recomputed = composite(*of.quoted, stated, of.scheme->hash);
  const bool agree = recomputed && copy(recomputed->view()) == of.quoted->pcr_digest;
  out.verdict["measurements"] = agree;
  out.facts["checks"]["pcr_digest_matches_pcrs"] = agree;
  if (agree)
    out.facts["pcr_digest_hash"] = manifest_name(of.scheme->hash);
}

bool chain_holds(const vector_case& given, const crypto::certificate& leaf) {
  std::vector<crypto::certificate> intermediates;
  for (const auto& [key, content] : given.files)
    if (auto parsed = read_certificate(content); parsed && parsed->der() != leaf.der())
      intermediates.push_back(*std::move(parsed));
  const auto root = read_certificate(*given.anchor);
  return root
         && crypto::verify_chain(leaf, intermediates, std::vector{*root},
                                 {given.time.value_or(time_point{}), ""});
}

void judge_chain(const vector_case& given, const parts& of, outcome& out) {
  if (!of.certificate || !of.key)
    return;
  const bool same_key = of.certificate->key() == *of.key;
  out.facts["checks"]["ak_cert_key_equals_ak_pub"] = same_key;
  if (!given.anchor)
    return;
  const bool holds = chain_holds(given, *of.certificate);
  out.facts["checks"]["ak_cert_chain"] = holds;
  if (given.time)
    out.verdict["chain"] = holds && same_key;
  else
    out.verdict["refused"] = true;
}

void judge_signature(const vector_case& given, parts& of, outcome& out) {
  const auto value = read_signature(given, of);
  const bool holds = value
                     && of.key->verify(*of.scheme, of.attested().signed_bytes, *value).has_value();
  out.verdict["signature"] = holds;
  out.facts["checks"]["signature"] = holds;
  if (!of.scheme)
    return;
  out.facts["signature_scheme"] = scheme_name(of.scheme->scheme);
  out.facts["signature_hash"] = manifest_name(of.scheme->hash);
}

// The log of the entry, replayed in the bank of the quote.
void add_replay(const vector_case& given, const parts& of, json& facts) {
  const auto* file = given.file("eventlog.bin");
  const auto* pcrs = given.file("pcrs");
  if (file == nullptr || pcrs == nullptr || !of.quoted || of.quoted->selections.empty())
    return;
  const auto bank = hash_from_id(of.quoted->selections.front().hash);
  const auto log = evidence::eventlog::parse_event_log(*file, evidence::eventlog::log_kind::tpm);
  if (!bank || !log)
    return;
  facts["eventlog_replay"] = replay_log(*log).value(manifest_name(*bank), json::object());
  const auto stated = json::parse(to_text(*pcrs)).value(manifest_name(*bank), json::object());
  for (const auto& [pcr, value] : facts["eventlog_replay"].items())
    facts["eventlog_replay_matches_pcrs"][pcr] = stated.value(pcr, json{}) == value;
}

// Digests that the entry lists without a log around them.
void add_digest_replay(const vector_case& given, json& facts) {
  const auto* file = given.file("event_digests_sha256.json");
  const auto* pcrs = given.file("pcrs");
  if (file == nullptr || pcrs == nullptr)
    return;
  const auto stated = json::parse(to_text(*pcrs)).value("sha256", json::object());
  const auto lists = json::parse(to_text(*file));
  for (const auto& [pcr, digests] : lists.items()) {
    digest value{hash_algorithm::sha256};
    for (const auto& next : digests)
      crypto::extend(value, *from_hex(next.get<std::string>()));
    facts["event_digest_replay"][pcr] = hex(value.view());
    facts["event_digest_replay_matches_pcrs"][pcr] = stated.value(pcr, json{}) == hex(value.view());
  }
}

json certificate_collection(const vector_case& given) {
  json out;
  for (const auto& [key, content] : given.files)
    if (const auto parsed = read_certificate(content))
      out["certificates"][key] = certificate_facts(*parsed);
  return out;
}

void judge(const vector_case& given, parts& of, outcome& out) {
  out.verdict["refused"] = false;
  out.facts["attest"] = of.quoted ? attest_facts(*of.quoted) : attest_facts(*of.certified);
  judge_signature(given, of, out);
  judge_measurements(given, of, out);
  judge_chain(given, of, out);
  add_replay(given, of, out.facts);
  add_digest_replay(given, out.facts);
  const bool is_fresh = of.attested().extra_data == given.nonce;
  const auto failed = [&](const char* field) { return out.verdict.value(field, json{}) == false; };
  if (!is_fresh || failed("signature") || failed("chain") || failed("measurements"))
    out.verdict["refused"] = true;
}

} // namespace

outcome judge_tpm(const vector_case& given) {
  const auto* attested = given.file("attest");
  const auto* key = given.file("ak_public_key");
  if (attested == nullptr && given.file("quote_info.bin") != nullptr) // TPM 1.2
    attested = given.file("quote_info.bin");
  if (attested == nullptr)
    return {certificate_collection(given), {}};
  parts of;
  if (auto quoted = parse_quote(*attested))
    of.quoted = *std::move(quoted);
  else if (auto certified = parse_certification(*attested))
    of.certified = *std::move(certified);
  else
    return {{}, {{"refused", true}}};
  if (const auto parsed = crypto::public_key::from_pem(to_text(key != nullptr ? *key : bytes{})))
    of.key = *parsed;
  else
    return {{}, {{"refused", true}}};
  outcome out;
  out.facts["key_type"] = key_type_name(of.key->kind());
  add_public_areas(given, out.facts);
  if (const auto* certificate = given.file("ak_cert"))
    of.certificate = read_certificate(*certificate);
  if (of.certificate) {
    out.facts["ak_cert"] = certificate_facts(*of.certificate);
    out.facts["ak_cert_issuer"] = of.certificate->issuer();
  }
  judge(given, of, out);
  return out;
}

} // namespace troth::testing
