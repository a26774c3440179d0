#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/ima/ascii.hpp"
#include "shared/evidence/ima/file_signature.hpp"
#include "shared/evidence/ima/list.hpp"
#include "tests/vectors/kinds.hpp"

#include <algorithm>
#include <array>

namespace troth::testing {

namespace {

using namespace evidence::ima;

digest hash_of(const entry& of, hash_algorithm algorithm) {
  const auto parts = of.hashed_parts();
  return crypto::hash(algorithm, {parts[0], parts[1], parts[2]});
}

bytes padded(byte_view hash, std::size_t size) {
  auto out = copy(hash);
  out.resize(size, 0);
  return out;
}

// What PCR 10 becomes, in each way that kernels extend it.
struct replay {
  digest sha1{hash_algorithm::sha1};
  digest sha256{hash_algorithm::sha256};
  digest sha384{hash_algorithm::sha384};
  digest sha256_padded{hash_algorithm::sha256};

  void add(const entry& next) {
    if (next.is_violation()) {
      for (auto* pcr : {&sha1, &sha256, &sha384, &sha256_padded})
        crypto::extend(*pcr, bytes(digest_size(pcr->algorithm()), 0xff));
      return;
    }
    crypto::extend(sha1, next.template_hash);
    crypto::extend(sha256, hash_of(next, hash_algorithm::sha256).view());
    crypto::extend(sha384, hash_of(next, hash_algorithm::sha384).view());
    crypto::extend(sha256_padded, padded(next.template_hash, 32));
  }
};

struct summary {
  json templates = json::object();
  json mismatches = json::array();
  json signatures = json::array();
  std::size_t entries = 0;
  std::size_t violations = 0;
  bool all_signature_sizes_right = true;
  json buffer_matches; // null: no entry with a buffer
  replay pcr;

  void add(const entry& next);
};

void summary::add(const entry& next) {
  auto& count = templates[to_text(next.template_name)];
  count = count.is_null() ? 1 : count.get<int>() + 1;
  if (next.is_violation())
    ++violations;
  else if (copy(hash_of(next, hash_algorithm::sha1).view()) != copy(next.template_hash))
    mismatches.push_back(entries);
  if (next.fields.kind == template_kind::ima_buf)
    buffer_matches = buffer_matches != false
                     && copy(crypto::hash(hash_algorithm::sha256, next.fields.buffer).view())
                          == copy(next.fields.file_digest.value);
  if (!next.fields.signature.empty()) {
    const auto signature = parse_file_signature(next.fields.signature);
    all_signature_sizes_right = all_signature_sizes_right && signature
                                && signature->is_size_consistent();
    if (signature)
      signatures.push_back({{"path", to_text(next.fields.path)},
                            {"type", signature->type},
                            {"version", signature->version},
                            {"hash_algo", signature->hash_id},
                            {"keyid", hex(signature->key_id)},
                            {"declared_sig_len", signature->declared_size},
                            {"actual_sig_len", signature->value.size()},
                            {"length_consistent", signature->is_size_consistent()}});
  }
  pcr.add(next);
  ++entries;
}

json facts_of(const summary& list) {
  json facts{{"templates", list.templates},
             {"entries", list.entries},
             {"violations", list.violations},
             {"template_hash_mismatch_entries", list.mismatches},
             {"pcr10_sha1", hex(list.pcr.sha1.view())},
             {"pcr10_sha256_rehashed", hex(list.pcr.sha256.view())},
             {"pcr10_sha384_rehashed", hex(list.pcr.sha384.view())},
             {"pcr10_sha256_padded_sha1", hex(list.pcr.sha256_padded.view())}};
  if (list.entries != 0)
    facts["all_template_hashes_correct"] = list.mismatches.empty();
  if (!list.signatures.empty())
    facts["file_signatures"] = list.signatures;
  if (!list.buffer_matches.is_null())
    facts["buffer_sha256_matches_digest"] = list.buffer_matches;
  return facts;
}

bool is_ascii(byte_view list) {
  return std::ranges::all_of(list.first(std::min<std::size_t>(list.size(), 4)),
                             [](std::uint8_t byte) { return byte >= ' ' && byte <= '~'; });
}

} // namespace

outcome judge_ima(const vector_case& given) {
  const auto* file = given.file("list");
  if (file == nullptr)
    return {};
  auto binary = *file;
  if (is_ascii(*file)) {
    const auto converted = binary_from_ascii(*file);
    if (!converted)
      return {{}, {{"refused", true}}};
    binary = *converted;
  }
  list_reader in{binary};
  summary list;
  auto next = in.next();
  for (; next && *next; next = in.next())
    list.add(**next);
  if (!next && next.error().code != errc::truncated)
    return {{}, {{"refused", true}}};
  outcome out;
  out.facts = facts_of(list);
  out.facts["encoding"] = is_ascii(*file) ? "ascii" : "binary";
  out.facts["trailing_incomplete_bytes"] = binary.size() - in.position();
  const bool agree = list.mismatches.empty();
  out.verdict = {{"refused", !agree || !next || !list.all_signature_sizes_right}};
  if (list.entries != 0)
    out.verdict["measurements"] = agree;
  return out;
}

} // namespace troth::testing
