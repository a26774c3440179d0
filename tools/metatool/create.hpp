#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/report/metadata.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace troth::metatool {

/// What every metadata item says of itself, as far as the command line does.
struct info_options {
  std::string name;
  std::string description;
  std::string version;    ///< RFC 3339; empty: now.
  std::string not_before; ///< RFC 3339; empty: now.
  std::string not_after;  ///< RFC 3339; empty: one year after `not_before`.
};

struct manifest_options {
  info_options info;
  std::string developer;
  std::vector<std::string> base_layers; ///< Empty: its own name, which makes a root manifest.
  std::uint64_t certification_level = 0;
  std::vector<std::string> ca_fingerprints; ///< SHA-256 in hex.
  std::string omsp_server;
};

struct image_options {
  info_options info;
  std::string location;
  std::vector<std::string> manifests; ///< Names: each gets a description called after it.
};

/// @returns `malformed` for a time that is not RFC 3339, a validity that ends before it begins,
///          and an empty name.
result<report::meta_info> make_info(const info_options& options, time_point now);

/// @returns as `make_info`; `malformed` for a fingerprint that is no SHA-256.
result<report::manifest> make_manifest(const manifest_options& options,
                                       std::vector<report::component> components, time_point now);

/// @param descriptions those that come first.
/// @returns as `make_info`; `missing` without a manifest, `conflict` for a manifest named twice.
result<report::image_description>
make_image_description(const image_options& options,
                       std::vector<report::manifest_description> descriptions, time_point now);

/// Writes a manifest description by itself, in JSON, for `parse_manifest_description`.
bytes write_manifest_description(const report::manifest_description& description);

/// Reads what `write_manifest_description` writes.
/// @returns `malformed` without a name or a manifest; else as `report::parse_metadata`.
result<report::manifest_description> parse_manifest_description(byte_view json);

/// What is known of a signed manifest.
struct known_status {
  std::string digest; ///< SHA-256 of the signed item, hex.
  report::manifest_status status;
  std::string reason; ///< Of a revocation.
};

/// Makes a status response that begins now.
report::omsp_response make_status(const std::string& server,
                                  const std::vector<known_status>& manifests, time_point now,
                                  std::chrono::hours lifetime);

/// Writes reference values by themselves: a CycloneDX bill of materials in JSON.
bytes write_reference_values(const std::vector<report::component>& components);

/// Reads what `write_reference_values` writes.
/// @returns `malformed` for what is no JSON object; what `report::parse_metadata` returns.
result<std::vector<report::component>> parse_reference_values(byte_view json);

} // namespace troth::metatool
