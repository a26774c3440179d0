#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/eventlog/log.hpp"
#include "shared/evidence/tpm/algorithm.hpp"
#include "tests/vectors/kinds.hpp"

#include <algorithm>
#include <array>

namespace troth::testing {

namespace {

using namespace evidence::eventlog;

constexpr std::array hashed_types{
  event_type::separator,
  event_type::action,
  event_type::event_tag,
  event_type::s_crtm_version,
  event_type::efi_variable_driver_config,
  event_type::efi_gpt_event,
  event_type::efi_action,
  event_type::efi_variable_boot2,
  event_type::efi_variable_authority,
};

std::string number(event_type type) {
  const auto value = static_cast<std::uint32_t>(type);
  bytes big;
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    big.push_back(static_cast<std::uint8_t>(value >> shift));
  return "0x" + hex(big);
}

// Manifests name the types of EFI by number.
std::string type_key(event_type type) {
  return static_cast<std::uint32_t>(type) < 0x8000'0000 ? name(type) : number(type);
}

std::string bank_name(std::uint16_t id) {
  if (id == evidence::tpm::alg::sm3_256)
    return "sm3_256";
  const auto known = evidence::tpm::hash_from_id(id);
  return known ? manifest_name(*known) : "0x" + std::to_string(id);
}

json match_counts(const event_log& log) {
  json out;
  for (const auto& event : log.events) {
    if (std::ranges::find(hashed_types, event.type) == hashed_types.end())
      continue;
    for (const auto& digest : event.digests) {
      auto& bank = out[manifest_name(digest.algorithm())];
      if (bank.is_null())
        bank = {{"match", 0}, {"mismatch", 0}};
      auto& count
        = bank[crypto::hash(digest.algorithm(), event.data) == digest ? "match" : "mismatch"];
      count = count.get<int>() + 1;
    }
  }
  return out;
}

const char* format_of(const event_log& log, log_kind kind) {
  if (kind == log_kind::cc)
    return "ccel";
  return log.is_crypto_agile ? "tcg2" : "tcg12";
}

const char* terminator_of(const event_log& log) {
  switch (log.ends_with) {
  case terminator::zero:
    return "zero";
  case terminator::ff:
    return "ff";
  default:
    return "none";
  }
}

void add_spec(json& facts, const spec_id& spec) {
  facts["spec"] = to_text(spec.signature);
  facts["platform_class"] = spec.platform_class;
  facts["spec_version"] = std::to_string(spec.version_major) + '.'
                          + std::to_string(spec.version_minor) + '.' + std::to_string(spec.errata);
  facts["uintn_size"] = spec.uintn_size;
  facts["vendor_info"] = hex(spec.vendor_info);
}

json rtmrs_of(const json& replayed) {
  json out = json::object();
  const auto bank = replayed.value("sha384", json::object());
  for (const auto& [index, value] : bank.items())
    if (index != "0") // MRTD
      out["rtmr" + std::to_string(std::stoi(index) - 1)] = value;
  return out;
}

json facts_of(const event_log& log, log_kind kind, std::size_t file_bytes) {
  json facts{
    {"format", format_of(log, kind)},       {"events", log.events.size()},
    {"consumed_bytes", log.consumed_bytes}, {"file_bytes", file_bytes},
    {"terminator", terminator_of(log)},     {"event_data_digest_match_counts", match_counts(log)}};
  if (log.spec)
    add_spec(facts, *log.spec);
  for (const auto& bank : log.banks)
    facts["algs"].push_back(bank_name(bank.algorithm_id));
  for (const auto& event : log.events) {
    auto& count = facts["event_type_counts"][type_key(event.type)];
    count = count.is_null() ? 1 : count.get<int>() + 1;
  }
  if (kind == log_kind::cc)
    facts["replayed_rtmrs"] = rtmrs_of(replay_log(log));
  else
    facts["replayed_pcrs"] = replay_log(log);
  return facts;
}

// A register that the replay does not have counts as zeros.
bool same(const std::string& expected, const json& replayed, const std::string& key) {
  return expected == replayed.value(key, std::string(expected.size(), '0'));
}

bool matches(const json& reference, const json& facts) {
  for (const auto& [key, value] : reference.items()) {
    if (value.is_string()) {
      if (!same(value.get<std::string>(), facts.value("replayed_rtmrs", json::object()), key))
        return false;
      continue;
    }
    const auto bank = facts.value("replayed_pcrs", json::object()).value(key, json::object());
    for (const auto& [pcr, expected] : value.items())
      if (!same(expected.get<std::string>(), bank, pcr))
        return false;
  }
  return true;
}

} // namespace

std::string manifest_name(hash_algorithm algorithm) {
  switch (algorithm) {
  case hash_algorithm::sha1:
    return "sha1";
  case hash_algorithm::sha256:
    return "sha256";
  case hash_algorithm::sha384:
    return "sha384";
  case hash_algorithm::sha512:
    return "sha512";
  }
  return {};
}

json replay_log(const event_log& log) {
  std::map<hash_algorithm, std::map<std::uint32_t, digest>> registers;
  for (const auto& event : log.events) {
    if (!event.is_measured())
      continue;
    for (const auto& value : event.digests) {
      auto [at, is_new] = registers[value.algorithm()].try_emplace(event.register_index,
                                                                   value.algorithm());
      if (is_new && event.register_index == 0)
        at->second.bytes_mut().back() = log.startup_locality.value_or(0);
      crypto::extend(at->second, value.view());
    }
  }
  json out = json::object();
  for (const auto& [algorithm, bank] : registers)
    for (const auto& [index, value] : bank)
      out[manifest_name(algorithm)][std::to_string(index)] = hex(value.view());
  return out;
}

outcome judge_eventlog(const vector_case& given) {
  const auto* cc = given.file("ccel");
  const auto* file = cc != nullptr ? cc : given.file("eventlog");
  if (file == nullptr)
    return {};
  const auto kind = cc != nullptr ? log_kind::cc : log_kind::tpm;
  const auto log = parse_event_log(*file, kind);
  if (!log)
    return {{}, {{"refused", true}}};
  outcome out;
  out.facts = facts_of(*log, kind, file->size());
  out.verdict["refused"] = false;
  if (!given.reference.is_null()) {
    const bool agree = matches(given.reference, out.facts);
    out.verdict = {{"measurements", agree}, {"refused", !agree}};
  }
  return out;
}

} // namespace troth::testing
