#pragma once

#include "shared/codec/fields.hpp"
#include "shared/report/component_fields.hpp"
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

} // namespace troth::codec

namespace troth::report {

inline constexpr std::size_t max_components = 1'000'000; // of a manifest
inline constexpr std::size_t max_names = 256;            // layers, fingerprints, descriptions

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

/// A CycloneDX bill of materials, of which only the components matter here.
template <class Components>
struct bill_of_materials {
  explicit bill_of_materials(Components& of) : components(of) {
    // nop
  }

  Components& components;
};

template <class Components>
void describe(auto& fields, const bill_of_materials<Components>& x) {
  fields.written({"bomFormat", 0}, std::string_view{"CycloneDX"});
  fields.written({"specVersion", 1}, std::string_view{"1.7"});
  fields.written({"version", 2}, std::uint64_t{1});
  fields.optional({"components", 3}, codec::up_to(max_components, x.components));
}

// Passed over: the policies for other technologies (15 to 17) and details (18).
void describe(auto& fields, codec::of<manifest> auto& x) {
  fields.constant({"type", 0}, manifest_type);
  describe(fields, x.info);
  fields.optional({"sbom", 10}, bill_of_materials{x.components});
  fields.optional({"developerCommonName", 11}, x.developer_common_name);
  fields.optional({"baseLayers", 12}, codec::up_to(max_names, x.base_layers));
  fields.optional({"certLevel", 13}, x.certification_level);
  fields.optional({"caFingerprints", 14}, codec::up_to(max_names, x.ca_fingerprints));
  fields.optional({"omspServer", 20}, x.omsp_server);
}

// Passed over: ociRules (4).
void describe(auto& fields, codec::of<manifest_description> auto& x) {
  fields.constant({"type", 0}, manifest_description_type);
  fields.required({"name", 1}, x.name);
  fields.optional({"description", 2}, x.description);
  fields.optional({"manifest", 3}, x.manifest);
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

void describe(auto& fields, codec::of<unknown_metadata> auto& x) {
  fields.required({"type", 0}, x.type);
  describe(fields, x.info);
}

} // namespace troth::report
