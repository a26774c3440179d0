#pragma once

#include "shared/codec/fields.hpp"
#include "shared/report/component_fields.hpp"
#include "shared/report/hardware_policy_fields.hpp"
#include "shared/report/metadata.hpp"

#include <cstddef>

// How metadata items are carried: formats of cmc's report 3.3.0. The same members stand in the
// attestation result, in front of what is said of the item.

namespace troth::codec {

template <>
struct wire_form<time_point> {
  using type = std::string;

  static type write(const time_point& value) { return format_time(value); }
  static result<time_point> read(const type& text) { return parse_time(text); }
};

template <>
struct wire_form<report::manifest_status> {
  using type = std::string_view;

  static type write(report::manifest_status value) { return name(value); }

  /// @returns `malformed` for a text that is no status.
  static result<report::manifest_status> read(const type& text) {
    using enum report::manifest_status;
    for (const auto each : {unknown, good, outdated, revoked})
      if (name(each) == text)
        return each;
    return error{errc::malformed, "not a status"};
  }
};

} // namespace troth::codec

namespace troth::report {

inline constexpr std::size_t max_components = 1'000'000; // of a manifest
inline constexpr std::size_t max_names = 256;            // layers, fingerprints, descriptions
inline constexpr std::size_t max_statuses = 1'024;       // of an OMSP response

void describe(auto& fields, codec::of<validity> auto& x) {
  fields.required({"notBefore", 0}, x.not_before);
  fields.required({"notAfter", 1}, x.not_after);
}

/// What comes behind the type of each item.
void describe(auto& fields, codec::of<meta_info> auto& x) {
  fields.optional({"name", 1}, x.name);
  fields.optional({"version", 2}, x.version);
  fields.optional({"validity", 3}, x.valid);
  fields.optional({"description", 4}, x.description);
}

/// The CycloneDX bill of materials in a manifest.
template <class Manifest>
struct bill_of_materials {
  explicit bill_of_materials(Manifest& in) : of(in) {
    // nop
  }

  Manifest& of;
};

template <class Manifest>
void describe(auto& fields, const bill_of_materials<Manifest>& x) {
  fields.written({"bomFormat", 0}, std::string_view{"CycloneDX"});
  fields.optional({"specVersion", 1}, x.of.sbom_specification);
  fields.optional({"version", 2}, x.of.sbom_version);
  fields.optional({"components", 3}, codec::up_to(max_components, x.of.components));
}

void describe(auto& fields, codec::of<manifest> auto& x) {
  fields.constant({"type", 0}, manifest_type);
  describe(fields, x.info);
  fields.optional({"sbom", 10}, bill_of_materials{x});
  fields.optional({"developerCommonName", 11}, x.developer_common_name);
  fields.optional({"baseLayers", 12}, codec::up_to(max_names, x.base_layers));
  fields.optional({"certLevel", 13}, x.certification_level);
  fields.optional({"caFingerprints", 14}, codec::up_to(max_names, x.ca_fingerprints));
  fields.optional({"snpPolicy", 15}, x.snp);
  fields.optional({"tdxPolicy", 16}, x.tdx);
  fields.optional({"sgxPolicy", 17}, x.sgx);
  fields.optional({"details", 18}, x.details);
  fields.optional({"omspServer", 20}, x.omsp_server);
}

void describe(auto& fields, codec::of<manifest_description> auto& x) {
  fields.constant({"type", 0}, manifest_description_type);
  fields.required({"name", 1}, x.name);
  fields.optional({"description", 2}, x.description);
  fields.optional({"manifest", 3}, x.manifest);
  fields.optional({"ociRules", 4}, x.oci_rules);
}

void describe(auto& fields, codec::of<image_description> auto& x) {
  fields.constant({"type", 0}, image_description_type);
  describe(fields, x.info);
  fields.optional({"location", 20}, x.location);
  fields.optional({"descriptions", 21}, codec::up_to(max_names, x.descriptions));
}

void describe(auto& fields, codec::of<company_description> auto& x) {
  fields.constant({"type", 0}, company_description_type);
  describe(fields, x.info);
}

void describe(auto& fields, codec::of<status_entry> auto& x) {
  fields.required({"manifestHash", 0}, x.manifest_hash);
  fields.required({"status", 1}, x.status);
  fields.required({"thisUpdate", 2}, x.this_update);
  fields.optional({"nextUpdate", 3}, x.next_update);
  fields.optional({"revocationTime", 4}, x.revocation_time);
  fields.optional({"revocationReason", 5}, x.revocation_reason);
}

void describe(auto& fields, codec::of<omsp_response> auto& x) {
  fields.constant({"type", 0}, omsp_response_type);
  describe(fields, x.info);
  fields.optional({"server", 30}, x.server);
  fields.optional({"producedAt", 31}, x.produced_at);
  fields.optional({"responses", 32}, codec::up_to(max_statuses, x.responses));
}

void describe(auto& fields, codec::of<unknown_metadata> auto& x) {
  fields.required({"type", 0}, x.type);
  describe(fields, x.info);
}

} // namespace troth::report
