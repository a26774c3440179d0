#include "shared/appraisal/layers.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace troth;
using namespace troth::appraisal;
using report::status;

namespace {

using layers = std::vector<std::pair<std::string, std::vector<std::string>>>; // name, base layers

report::metadata_summary summary_of(const layers& manifests,
                                    const std::vector<std::string>& described) {
  report::metadata_summary out;
  for (const auto& [name, bases] : manifests) {
    report::manifest manifest;
    manifest.info.name = name;
    manifest.base_layers = bases;
    out.manifests.emplace_back().item
      = std::make_shared<const report::metadata_item>(std::move(manifest));
  }
  report::image_description image;
  image.info.name = "image";
  for (const auto& name : described)
    image.descriptions.push_back({name + ".description", "", name});
  out.image_description.item = std::make_shared<const report::metadata_item>(std::move(image));
  return out;
}

const policy defaults;

/// Returns the ids of the rules that fail.
std::vector<std::string> faults(report::metadata_summary summary) {
  ledger book{defaults};
  appraise_layers(summary, book);
  std::vector<std::string> out;
  for (const auto& finding : std::move(book).take())
    if (finding.says == report::outcome::fail)
      out.push_back(finding.code);
  return out;
}

} // namespace

TEST_SUITE_BEGIN("appraisal/layers");

TEST_CASE("layers that stand on one root are put in order, the root manifest first") {
  auto summary = summary_of({{"app", {"os", "rtm"}}, {"os", {"rtm"}}, {"rtm", {"rtm"}}},
                            {"rtm", "os", "app"});
  ledger book{defaults};
  appraise_layers(summary, book);
  CHECK(summary.compatibility.summary.says == status::success);
  std::vector<std::string> order;
  for (const auto& found : summary.manifests)
    order.push_back(report::info_of(*found.item).name);
  CHECK(order == std::vector<std::string>{"rtm", "os", "app"});
}

TEST_CASE("layers that do not fit fail by the rule that says why") {
  struct row {
    std::string what;
    layers manifests;
    std::vector<std::string> described;
    std::vector<std::string> expected;
  };
  const row rows[] = {
    {"no root manifest", {{"os", {"rtm"}}}, {"os"}, {"metadata.root_manifest", "metadata.layers"}},
    {"two root manifests", {{"a", {"a"}}, {"b", {"b"}}}, {"a", "b"}, {"metadata.root_manifest"}},
    {"a base layer that is missing",
     {{"rtm", {"rtm"}}, {"os", {"rtm", "gone"}}},
     {"rtm", "os"},
     {"metadata.layers"}},
    {"a cycle beside the root",
     {{"rtm", {"rtm"}}, {"a", {"b"}}, {"b", {"a"}}},
     {"rtm", "a", "b"},
     {"metadata.layers", "metadata.layers"}},
    {"a manifest without base layers",
     {{"rtm", {"rtm"}}, {"os", {}}},
     {"rtm", "os"},
     {"metadata.layers"}},
    {"a manifest that is not described",
     {{"rtm", {"rtm"}}, {"os", {"rtm"}}},
     {"rtm"},
     {"metadata.described"}},
    {"a description without its manifest",
     {{"rtm", {"rtm"}}},
     {"rtm", "os"},
     {"metadata.described"}},
    {"two manifests of one name",
     {{"rtm", {"rtm"}}, {"os", {"rtm"}}, {"os", {"rtm"}}},
     {"rtm", "os"},
     {"metadata.unique_names"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(faults(summary_of(row.manifests, row.described)) == row.expected);
  }
}

TEST_CASE("without an image description nothing is compatible") {
  auto summary = summary_of({{"rtm", {"rtm"}}}, {"rtm"});
  auto nameless = summary;
  summary.image_description = {};
  CHECK(faults(std::move(summary)) == std::vector<std::string>{"metadata.image_description"});
  auto image = std::get<report::image_description>(*nameless.image_description.item);
  image.info.name.clear();
  nameless.image_description.item = std::make_shared<const report::metadata_item>(image);
  CHECK(faults(std::move(nameless)) == std::vector<std::string>{"metadata.image_description"});
}

TEST_CASE("no metadata at all is incompatible") {
  CHECK(faults({})
        == std::vector<std::string>{"metadata.root_manifest", "metadata.image_description"});
}

TEST_SUITE_END();
