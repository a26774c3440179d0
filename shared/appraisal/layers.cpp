#include "shared/appraisal/layers.hpp"

#include "shared/appraisal/authority.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace troth::appraisal {

namespace {

using names = std::set<std::string, std::less<>>;

const report::manifest& manifest_of(const report::metadata_result& found) {
  return std::get<report::manifest>(*found.item);
}

class layering {
public:
  layering(report::metadata_summary& summary, ledger& book) : summary_(summary), book_(book) {
    // nop
  }

  void run() {
    const auto first = book_.size();
    check_names();
    check_root();
    check_descriptions();
    order();
    summary_.compatibility.summary = book_.conclude(first);
  }

private:
  void check_names() {
    for (const auto& found : summary_.manifests) {
      const auto& name = manifest_of(found).info.name;
      const auto is_first = names_.insert(name).second;
      if (!is_first)
        book_.check(rules::metadata_names, name, false, {"two manifests of one name", "one"});
    }
  }

  void check_root() {
    const auto roots = std::ranges::count_if(summary_.manifests, [](const auto& found) {
      return is_root(manifest_of(found));
    });
    book_.check(roots > 1 ? rules::metadata_roots : rules::metadata_root, "manifests", roots == 1,
                {std::to_string(roots) + " root manifests", "one root manifest"});
  }

  void check_descriptions() {
    if (summary_.image_description.item == nullptr) {
      book_.check(rules::metadata_image, "metadata", false, {"none", "one image description"});
      return;
    }
    names described;
    const auto& image = std::get<report::image_description>(*summary_.image_description.item);
    if (image.info.name.empty())
      book_.check(rules::metadata_image, "metadata", false, {"one without a name", "its name"});
    auto& out = summary_.compatibility;
    for (const auto& description : image.descriptions) {
      described.insert(description.manifest);
      out.description_match.push_back(
        check_name(description.manifest, names_, "a manifest of this name"));
    }
    for (const auto& name : names_)
      out.manifest_match.push_back(check_name(name, described, "a description of this manifest"));
  }

  /// The finding says what should be there, the result has all names, as the reference's.
  report::check_result check_name(const std::string& name, const names& known,
                                  std::string expected) {
    auto out = book_.check(rules::metadata_described, name, known.contains(name),
                           {name, std::move(expected)});
    out.expected.clear();
    out.expected_one_of.assign(known.begin(), known.end());
    return out;
  }

  /// Puts each manifest behind its base layers. What is left over is in a cycle, or
  /// stands on what is not there.
  void order() {
    std::vector<report::metadata_result> ordered;
    names placed;
    auto rest = std::move(summary_.manifests);
    const auto stands = [&](const report::metadata_result& found) {
      const auto& manifest = manifest_of(found);
      return is_root(manifest)
             || (!manifest.base_layers.empty()
                 && std::ranges::all_of(manifest.base_layers,
                                        [&](const auto& base) { return placed.contains(base); }));
    };
    for (auto at = std::ranges::find_if(rest, stands); at != rest.end();
         at = std::ranges::find_if(rest, stands)) {
      placed.insert(manifest_of(*at).info.name);
      ordered.push_back(std::move(*at));
      rest.erase(at);
    }
    for (const auto& found : ordered)
      summary_.compatibility.manifest_compatibility.push_back(
        book_.check(rules::metadata_layers, manifest_of(found).info.name, true,
                    {manifest_of(found).info.name}));
    for (auto& found : rest) {
      summary_.compatibility.manifest_compatibility.push_back(book_.check(
        rules::metadata_layers, manifest_of(found).info.name, false,
        {"base layers that are missing or stand on it", "a path to the root manifest"}));
      ordered.push_back(std::move(found));
    }
    summary_.manifests = std::move(ordered);
  }

  report::metadata_summary& summary_;
  ledger& book_;
  names names_;
};

} // namespace

void appraise_layers(report::metadata_summary& summary, ledger& book) {
  layering{summary, book}.run();
}

} // namespace troth::appraisal
