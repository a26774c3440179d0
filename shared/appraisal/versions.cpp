#include "shared/appraisal/versions.hpp"

#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"

namespace troth::appraisal {

namespace {

void check(const report::metadata_result& found, report::attestation_result& result,
           const version_history* history, ledger& book) {
  if (found.item == nullptr)
    return;
  const auto& info = report::info_of(*found.item);
  const auto item = std::string{report::type_of(*found.item)} + "/" + info.name;
  const auto version = parse_time(info.version);
  if (!version) {
    book.fail(rules::metadata_version, info.name, version.error(), "an RFC 3339 timestamp");
    return;
  }
  result.versions.push_back({item, *version});
  if (history == nullptr || result.device.empty())
    return;
  const auto before = history->newest(result.device, item);
  book.check(rules::metadata_version, info.name, !before || *before <= *version,
             {info.version, before ? format_time(*before) + " or newer" : "any: it is the first",
              "rollback"});
}

} // namespace

std::string device_of(const std::vector<report::measurement_result>& measurements) {
  for (const auto& each : measurements)
    for (const auto& path : each.signature.certificates)
      if (!path.empty())
        return hex(crypto::hash(hash_algorithm::sha256, path.front().key().der()).view());
  return {};
}

void appraise_versions(report::attestation_result& result, const version_history* history,
                       ledger& book) {
  result.device = device_of(result.measurements);
  if (history != nullptr && result.device.empty())
    book.not_checked(rules::metadata_version, "metadata", "no certified key names the device");
  check(result.metadata.image_description, result, history, book);
  for (const auto& found : result.metadata.manifests)
    check(found, result, history, book);
}

} // namespace troth::appraisal
