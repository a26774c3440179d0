#include "tests/vectors/runner.hpp"

#include "tests/support/vectors.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace troth::testing {

namespace {

using namespace nlohmann::literals;

// Objects whose keys are data: one that is missing is wrong, not unknown to us.
constexpr std::array<std::string_view, 6> maps{"event_type_counts",   "replayed_pcrs",
                                               "replayed_rtmrs",      "templates",
                                               "event_digest_replay", "eventlog_replay"};

class comparison {
public:
  comparison(tally& into, std::string name) : into_(into), name_(std::move(name)) {
    // nop
  }

  void facts(const json& expected, const json& got, const std::string& path, bool is_map) {
    if (expected.is_object() && got.is_object()) {
      for (const auto& [key, value] : expected.items())
        fact(value, got, path, key, is_map);
    } else if (expected.is_array() && got.is_array() && !expected.empty()
               && expected.front().is_object() && expected.size() == got.size()) {
      for (std::size_t i = 0; i < expected.size(); ++i)
        facts(expected[i], got[i], path, is_map);
    } else {
      check(expected == got, path, got.dump());
    }
  }

  void check(bool holds, const std::string& what, const std::string& got = {}) {
    if (holds)
      ++into_.passed;
    else
      into_.failures.push_back(name_ + ": " + what + (got.empty() ? "" : ", got " + got));
  }

  // All certificates of a collection count as one key.
  void skip(std::string key) {
    constexpr std::string_view collection = "certificates.";
    if (key.starts_with(collection))
      key.replace(collection.size(), key.find('.', collection.size()) - collection.size(),
                  "<file>");
    ++into_.skipped[key];
  }

private:
  void fact(const json& expected, const json& got, const std::string& path, const std::string& key,
            bool in_map) {
    const auto inner = path.empty() ? key : path + '.' + key;
    const bool is_map = in_map || std::ranges::find(maps, key) != maps.end();
    if (key == "verdict")
      return;
    if (got.contains(key))
      facts(expected, got.at(key), inner, is_map);
    else if (in_map)
      check(false, inner, "nothing");
    else
      skip(inner);
  }

  tally& into_;
  std::string name_;
};

void compare_verdicts(comparison& with, const json& expected, const json& got) {
  for (const auto& [key, value] : expected.items()) {
    if (value.is_null())
      continue;
    if (got.contains(key))
      with.check(value == got.at(key), "verdict." + key, got.at(key).dump());
    else
      with.skip("verdict." + key);
  }
}

const json* fact_at(const json& facts, const std::string& path) {
  const json* at = &facts;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const auto end = std::min(path.find('.', begin), path.size());
    const auto found = at->is_object() ? at->find(path.substr(begin, end - begin)) : at->end();
    if (found == at->end())
      return nullptr;
    at = &*found;
    begin = end + 1;
  }
  return at;
}

// The path of the replayed value that a variant changes.
std::string replayed_path(const std::string& kind, const json& variant) {
  if (kind == "ima")
    return "pcr10_sha1";
  const auto pcr = variant.value("pcr", "");
  return pcr.starts_with("rtmr") ? "replayed_rtmrs." + pcr
                                 : "replayed_pcrs." + variant.value("bank", "") + '.' + pcr;
}

void check_refused(comparison& with, const json& variant, const outcome& before,
                   const outcome& after) {
  if (!after.verdict.contains("refused")) {
    with.skip("expect.refused");
    return;
  }
  with.check(after.verdict.at("refused") == true, "not refused");
  // Where all was refused already, that says nothing: the fields do.
  if (before.verdict.value("refused", false))
    for (const auto& field : variant.value("observed", json::array()))
      with.check(after.verdict.value(field.get<std::string>(), json{}) != true,
                 "verdict." + field.get<std::string>() + " stayed true");
}

void check_variant(comparison& with, const std::string& kind, const json& entry,
                   const json& variant, const outcome& before, const outcome& after) {
  const auto expect = variant.value("expect", "");
  if (expect == "refused") {
    check_refused(with, variant, before, after);
    return;
  }
  if (expect != "pcr_differs" && expect != "fact_differs") {
    with.skip("expect." + expect);
    return;
  }
  const auto path = expect == "fact_differs" ? variant.value("fact", "")
                                             : replayed_path(kind, variant);
  const auto* expected = fact_at(entry.at("expected"), path);
  if (after.facts.is_null()) {
    with.check(expect == "pcr_differs", path + ": no facts");
  } else if (const auto* got = fact_at(after.facts, path); expect == "pcr_differs") {
    with.check(expected != nullptr && (got == nullptr || *got != *expected), path + " is the same");
  } else if (got == nullptr) {
    with.skip(path);
  } else {
    with.check(expected != nullptr && *got != *expected, path + " is the same");
  }
}

void run_entry(tally& into, const std::string& kind, const json& entry,
               const std::function<outcome(const vector_case&)>& judge) {
  const auto name = kind + '/' + entry.at("id").get<std::string>();
  comparison with{into, name};
  const auto loaded = load_case(kind, entry);
  if (!loaded) {
    with.check(false, to_string(loaded.error()));
    return;
  }
  const auto before = judge(*loaded);
  const auto& expected = entry.at("expected");
  if (expected.value("must_not_crash", false))
    with.check(true, "must_not_crash");
  else if (!before.facts.is_null())
    with.facts(expected, before.facts, "", false);
  else
    with.check(expected.value("/verdict/refused"_json_pointer, false), "could not be parsed");
  if (expected.contains("verdict"))
    compare_verdicts(with, expected.at("verdict"), before.verdict);
  for (const auto& variant : entry.value("negative_variants", json::array())) {
    comparison of_variant{into, name + '#' + variant.at("id").get<std::string>()};
    const auto changed = apply_variant(*loaded, variant);
    if (changed)
      check_variant(of_variant, kind, entry, variant, before, judge(*changed));
    else if (changed.error().code == errc::unsupported)
      of_variant.skip("op." + changed.error().where);
    else
      of_variant.check(false, to_string(changed.error()));
  }
}

} // namespace

tally run_vectors(const std::string& kind,
                  const std::function<outcome(const vector_case&)>& judge) {
  tally out;
  const auto manifest = read_vector(std::filesystem::path{kind} / "manifest.json");
  if (!manifest) {
    out.failures.push_back(to_string(manifest.error()));
    return out;
  }
  const auto parsed = json::parse(to_text(*manifest));
  for (const auto& entry : parsed.at("vectors"))
    run_entry(out, kind, entry, judge);
  return out;
}

} // namespace troth::testing
