#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troth::report {

/// The property that names the trust anchor a component was measured by.
inline constexpr std::string_view property_trust_anchor = "cmc.ta";
/// The property that names its register: a decimal PCR number for a TPM.
inline constexpr std::string_view property_index = "cmc.index";
/// The property with what was hashed: base64 of the TCG event data or the IMA template data.
inline constexpr std::string_view property_raw = "troth.raw";

struct property {
  std::string name;
  std::string value;

  friend bool operator==(const property&, const property&) = default;
};

/// What a container was started with, as hashes.
struct container_data {
  bytes config_sha256;
  bytes rootfs_sha256;

  friend bool operator==(const container_data&, const container_data&) = default;
};

/// A CycloneDX component: a reference value in a manifest, an event in a log.
/// @note Of an event, only the hashes were measured: every other text is a claim.
struct component {
  std::string
    type; ///< firmware, operating-system, platform, application, data; empty in some events.
  std::string name;
  std::vector<digest> hashes;
  std::string version;
  bool optional = false; ///< In a manifest: need not occur.
  std::string description;
  std::vector<property> properties;
  std::optional<container_data> container;
  std::string purl;

  /// Returns the value of the first property of that name, or nothing.
  const std::string* find_property(std::string_view wanted) const;

  /// Returns the digest of that algorithm, or nothing.
  const digest* find_hash(hash_algorithm wanted) const;

  friend bool operator==(const component&, const component&) = default;
};

} // namespace troth::report
