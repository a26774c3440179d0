#pragma once

#include "shared/base/boxed.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/codec/free_object.hpp"
#include "shared/codec/signed_message.hpp"
#include "shared/report/component.hpp"
#include "shared/report/hardware_policy.hpp"
#include "shared/report/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troth::report {

struct validity {
  time_point not_before;
  time_point not_after;
};

/// What every metadata item says of itself.
struct meta_info {
  std::string name;
  std::string version; ///< An RFC 3339 timestamp: the newest wins.
  std::optional<validity> valid;
  std::string description;
};

/// The software of one layer: reference values and who may vouch for what.
struct manifest {
  meta_info info;
  std::vector<component> components; ///< Of the CycloneDX SBOM.
  std::string developer_common_name;
  std::vector<std::string> base_layers; ///< Names of manifests; its own alone: the root manifest.
  std::uint64_t certification_level = 0;
  std::vector<std::string> ca_fingerprints; ///< Hex SHA-256 of the hardware roots it accepts.
  std::string omsp_server;                  ///< Who knows whether it is revoked; empty: nobody.
  boxed<snp_policy> snp;
  boxed<tdx_policy> tdx;
  boxed<sgx_policy> sgx;
  codec::free_object details;             ///< For people.
  std::string sbom_specification = "1.7"; ///< The CycloneDX version of the bill of materials.
  std::uint64_t sbom_version = 1;         ///< Its revision.
};

/// How an image uses one manifest.
struct manifest_description {
  std::string name;
  std::string description;
  std::string manifest;              ///< The manifest's name.
  codec::free_object oci_rules = {}; ///< How its containers' configurations may differ.
};

/// Which manifests make up an image.
struct image_description {
  meta_info info;
  std::string location;
  std::vector<manifest_description> descriptions;
};

struct company_description {
  meta_info info;
};

/// What a status server says of a manifest. Zero is what nobody said anything about.
enum class manifest_status : std::uint8_t { unknown, good, outdated, revoked };

/// Returns `unknown`, `good`, `outdated` or `revoked`.
std::string_view name(manifest_status value) noexcept;

/// The status of one manifest.
struct status_entry {
  std::string manifest_hash; ///< Hex digest of the signed manifest.
  manifest_status status = manifest_status::unknown;
  time_point this_update;                ///< From when on it holds.
  std::optional<time_point> next_update; ///< Until when.
  std::optional<time_point> revocation_time;
  std::string revocation_reason;
};

/// An answer of a status server (OMSP), which travels with the manifests it is about.
struct omsp_response {
  meta_info info; ///< Often with nothing in it: validity is by entry.
  std::string server;
  std::optional<time_point> produced_at;
  std::vector<status_entry> responses;
};

/// Metadata of a kind that we do not judge; it is listed, and never believed.
struct unknown_metadata {
  meta_info info;
  std::string type;
};

using metadata_item
  = std::variant<manifest, image_description, company_description, omsp_response, unknown_metadata>;

inline constexpr std::string_view manifest_type = "Manifest";
inline constexpr std::string_view image_description_type = "Image Description";
inline constexpr std::string_view manifest_description_type = "Manifest Description";
inline constexpr std::string_view company_description_type = "Company Description";
inline constexpr std::string_view omsp_response_type = "OMSP Response";

/// Reads the payload of a signed metadata item, JSON or CBOR by its first byte.
/// @returns as `parse_report`.
result<metadata_item> parse_metadata(byte_view payload);

/// Writes a payload to be signed: CBOR canonical, JSON in the reference's member order.
bytes write_metadata(const metadata_item& item, encoding as);

/// Reads a signed item: JWS (JSON serialisation) or COSE_Sign by its first byte.
result<codec::signed_message> parse_signed(byte_view item);

/// Returns the kind of an item, e.g. `Manifest`, as it is carried.
std::string_view type_of(const metadata_item& item);

/// Returns what every kind has.
const meta_info& info_of(const metadata_item& item);

} // namespace troth::report
