#include "tools/metatool/create.hpp"

#include "shared/base/hex.hpp"
#include "shared/report/encoding.hpp"
#include "shared/report/metadata_fields.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace troth::metatool {

namespace {

using nlohmann::ordered_json;

constexpr auto one_year = std::chrono::hours{24 * 365};
constexpr std::size_t fingerprint_bytes = 32;

result<time_point> time_or(const std::string& text, time_point otherwise, const char* option) {
  if (text.empty())
    return otherwise;
  auto time = parse_time(text);
  if (!time)
    return error{errc::malformed, std::string{option} + ": not RFC 3339: " + text};
  return time;
}

ordered_json parse(byte_view json) {
  return ordered_json::parse(json.begin(), json.end(), nullptr, false);
}

/// A manifest around reference values: what the report room reads and writes.
report::manifest around(std::vector<report::component> components) {
  report::manifest out;
  out.info = {"reference values", format_time({}), report::validity{{}, {}}, {}};
  out.base_layers = {out.info.name};
  out.components = std::move(components);
  return out;
}

} // namespace

result<report::meta_info> make_info(const info_options& options, time_point now) {
  if (options.name.empty())
    return error{errc::malformed, "--name: empty"};
  const auto version = time_or(options.version, now, "--version-time");
  if (!version)
    return version.error();
  const auto begins = time_or(options.not_before, now, "--not-before");
  if (!begins)
    return begins.error();
  const auto ends = time_or(options.not_after, *begins + one_year, "--not-after");
  if (!ends)
    return ends.error();
  if (*ends <= *begins)
    return error{errc::malformed, "--not-after: not later than --not-before"};
  return report::meta_info{options.name, format_time(*version), report::validity{*begins, *ends},
                           options.description};
}

result<report::manifest> make_manifest(const manifest_options& options,
                                       std::vector<report::component> components, time_point now) {
  auto info = make_info(options.info, now);
  if (!info)
    return info.error();
  report::manifest out;
  out.info = *std::move(info);
  out.components = std::move(components);
  out.developer_common_name = options.developer;
  out.base_layers = options.base_layers;
  if (out.base_layers.empty())
    out.base_layers = {out.info.name};
  out.certification_level = options.certification_level;
  for (const auto& each : options.ca_fingerprints) {
    const auto value = from_hex(each);
    if (!value || value->size() != fingerprint_bytes)
      return error{errc::malformed, "--ca-fingerprint: not a SHA-256 in hex: " + each};
    out.ca_fingerprints.push_back(hex(*value));
  }
  out.omsp_server = options.omsp_server;
  return out;
}

result<report::image_description>
make_image_description(const image_options& options,
                       std::vector<report::manifest_description> descriptions, time_point now) {
  auto info = make_info(options.info, now);
  if (!info)
    return info.error();
  for (const auto& name : options.manifests)
    descriptions.push_back({name + ".description", {}, name, {}});
  if (descriptions.empty())
    return error{errc::missing, "an image description needs a manifest"};
  std::set<std::string> named;
  for (const auto& each : descriptions)
    if (!named.insert(each.manifest).second)
      return error{errc::conflict, "described twice: " + each.manifest};
  return report::image_description{*std::move(info), options.location, std::move(descriptions)};
}

bytes write_manifest_description(const report::manifest_description& description) {
  const auto written = parse(report::write_as(description, report::encoding::json));
  return to_bytes(written.dump(4, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

result<report::manifest_description> parse_manifest_description(byte_view json) {
  auto out = report::parse_as<report::manifest_description>("manifest description", json,
                                                            report::encoding::json);
  if (!out)
    return out;
  if (out->name.empty() || out->manifest.empty())
    return error{errc::malformed, "manifest description: without name or manifest"};
  return out;
}

report::omsp_response make_status(const std::string& server,
                                  const std::vector<known_status>& manifests, time_point now,
                                  std::chrono::hours lifetime) {
  report::omsp_response out;
  out.server = server;
  out.produced_at = now;
  for (const auto& each : manifests) {
    auto& entry = out.responses.emplace_back();
    entry.manifest_hash = each.digest;
    entry.status = each.status;
    entry.this_update = now;
    entry.next_update = now + lifetime;
    if (each.status == report::manifest_status::revoked) {
      entry.revocation_time = now;
      entry.revocation_reason = each.reason;
    }
  }
  return out;
}

bytes write_reference_values(const std::vector<report::component>& components) {
  const auto manifest = report::write_metadata(around(components), report::encoding::json);
  return to_bytes(parse(manifest).at("sbom").dump(4) + "\n"); // what our own writer wrote
}

result<std::vector<report::component>> parse_reference_values(byte_view json) {
  auto bill = parse(json);
  if (!bill.is_object())
    return error{errc::malformed, "reference values: not a JSON object"};
  auto manifest = parse(report::write_metadata(around({}), report::encoding::json));
  manifest["sbom"] = std::move(bill);
  const auto item = report::parse_metadata(to_bytes(manifest.dump()));
  if (!item)
    return item.error();
  return std::get<report::manifest>(*item).components;
}

} // namespace troth::metatool
