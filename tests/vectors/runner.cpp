#include "tests/vectors/runner.hpp"

#include "tests/vectors/kinds.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <ostream>
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

void run_entry(tally& into, const std::filesystem::path& folder, const json& entry,
               judge_function judge) {
  const auto name = into.kind + '/' + entry.at("id").get<std::string>();
  comparison with{into, name};
  const auto loaded = load_case(folder, entry);
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
      check_variant(of_variant, into.kind, entry, variant, before, judge(*changed));
    else if (changed.error().code == errc::unsupported)
      of_variant.skip("op." + changed.error().where);
    else
      of_variant.check(false, to_string(changed.error()));
  }
}

} // namespace

std::size_t tally::skips() const {
  std::size_t out = 0;
  for (const auto& [key, count] : skipped)
    out += count;
  return out;
}

tally run_manifest(const std::filesystem::path& manifest) {
  tally out;
  std::ifstream in{manifest};
  const auto parsed = json::parse(in, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("vectors")) {
    out.failures.push_back(manifest.string() + ": no manifest of vectors");
    return out;
  }
  out.kind = parsed.value("category", manifest.parent_path().filename().string());
  const auto judge = judge_of(out.kind);
  for (const auto& entry : parsed.at("vectors")) {
    if (judge == nullptr) {
      ++out.skipped["kind " + out.kind];
      continue;
    }
    try {
      run_entry(out, manifest.parent_path(), entry, judge);
    } catch (const json::exception& wrong) {
      out.failures.push_back(out.kind + '/' + entry.value("id", "?") + ": " + wrong.what());
    }
  }
  return out;
}

std::vector<std::filesystem::path> find_manifests(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> out;
  for (const auto& found : std::filesystem::recursive_directory_iterator{folder})
    if (found.path().filename() == "manifest.json")
      out.push_back(found.path());
  std::ranges::sort(out);
  return out;
}

void print(const tally& of, std::ostream& to) {
  for (const auto& failure : of.failures)
    to << "  failed " << failure << '\n';
  for (const auto& [key, count] : of.skipped)
    to << "  skipped " << key << ": " << count << '\n';
  to << of.kind << ": " << of.passed << " passed, " << of.failures.size() << " failed, "
     << of.skips() << " skipped\n";
}

} // namespace troth::testing
