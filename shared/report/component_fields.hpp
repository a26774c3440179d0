#pragma once

#include "shared/codec/fields.hpp"
#include "shared/report/component.hpp"

#include <cstddef>

// How components are carried: cmc's report 3.3.0.

namespace troth::report {

inline constexpr std::size_t max_hashes = 8;                                 // of a component
inline constexpr std::size_t max_properties = 16;                            // of a component
inline constexpr std::size_t max_intel_bytes = std::size_t{4} * 1024 * 1024; // of one document

/// A digest as it is carried.
struct hash_entry {
  std::string_view algorithm;
  byte_view content;
};

void describe(auto& fields, codec::of<hash_entry> auto& x) {
  fields.required({"alg", 0}, x.algorithm);
  fields.required({"content", 1}, codec::hexed(x.content));
}

void describe(auto& fields, codec::of<property> auto& x) {
  fields.required({"name", 0}, x.name);
  fields.required({"value", 1}, x.value);
}

void describe(auto& fields, codec::of<container_data> auto& x) {
  fields.required({"configSha256", 0}, codec::hexed(x.config_sha256));
  fields.required({"rootfsSha256", 1}, codec::hexed(x.rootfs_sha256));
  fields.optional({"ociSpec"}, x.oci_spec);
}

void describe(auto& fields, codec::of<intel_collateral> auto& x) {
  constexpr auto max = max_intel_bytes;
  fields.required({"tcbInfo", 0}, codec::up_to(max, x.tcb_info));
  fields.required({"qeIdentity", 1}, codec::up_to(max, x.qe_identity));
  fields.required({"rootCaCrl", 2}, codec::up_to(max, x.root_ca_crl));
  fields.required({"pckCrl", 3}, codec::up_to(max, x.pck_crl));
  fields.required({"pckCrlIntermediateCert", 4},
                  codec::up_to(max, x.pck_crl_intermediate_certificate));
  fields.required({"pckCrlRootCert", 5}, codec::up_to(max, x.pck_crl_root_certificate));
  fields.required({"tcbInfoIntermediateCert", 6},
                  codec::up_to(max, x.tcb_info_intermediate_certificate));
  fields.required({"tcbInfoRootCert", 7}, codec::up_to(max, x.tcb_info_root_certificate));
  fields.required({"qeIdentityIntermediateCert", 8},
                  codec::up_to(max, x.qe_identity_intermediate_certificate));
  fields.required({"qeIdentityRootCert", 9}, codec::up_to(max, x.qe_identity_root_certificate));
}

void describe(auto& fields, codec::of<component> auto& x) {
  fields.required({"type", 0}, x.type);
  fields.required({"name", 1}, x.name);
  fields.optional({"hashes", 2}, codec::mixed(max_hashes, x.hashes, x.foreign_hashes));
  fields.optional({"version", 3}, x.version);
  fields.optional({"optional", 4}, x.optional);
  fields.optional({"description", 5}, x.description);
  fields.optional({"properties", 6}, codec::up_to(max_properties, x.properties));
  fields.optional({"eventdata", 7}, x.event_data);
  fields.optional({"ctrData", 8}, x.container);
  fields.optional({"intelCollateral", 9}, x.intel);
  fields.optional({"purl", 10}, x.purl);
  fields.optional({"index"}, x.index);
}

} // namespace troth::report

namespace troth::codec {

template <>
struct wire_form<digest> {
  using type = report::hash_entry;

  static type write(const digest& value) { return {name(value.algorithm()), value.view()}; }
  static type write(const report::foreign_hash& value) { return {value.algorithm, value.content}; }

  static report::foreign_hash keep(std::size_t place, const type& carried) {
    return {place, std::string{carried.algorithm}, copy(carried.content)};
  }

  static result<digest> read(const type& carried) {
    const auto algorithm = parse_hash_algorithm(carried.algorithm);
    if (!algorithm)
      return algorithm.error();
    return digest::from(*algorithm, carried.content);
  }
};

} // namespace troth::codec
