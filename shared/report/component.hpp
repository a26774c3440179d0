#pragma once

#include "shared/base/algorithm.hpp"
#include "shared/base/boxed.hpp"
#include "shared/base/bytes.hpp"
#include "shared/codec/free_object.hpp"

#include <cstdint>
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

/// A digest by an algorithm that we do not know: kept, and never compared.
struct foreign_hash {
  std::size_t place = 0; ///< Among the digests of its component.
  std::string algorithm;
  bytes content;

  friend bool operator==(const foreign_hash&, const foreign_hash&) = default;
};

/// What a container was started with.
struct container_data {
  bytes config_sha256; ///< Of the normalised configuration.
  bytes rootfs_sha256;
  codec::free_object oci_spec; ///< The OCI runtime configuration itself; may be absent.

  friend bool operator==(const container_data&, const container_data&) = default;
};

/// What Intel says of a platform: TCB information, its quoting enclave, revoked certificates. Each
/// is as Intel serves it, certificates and CRLs in DER.
struct intel_collateral {
  bytes tcb_info;
  bytes qe_identity;
  bytes root_ca_crl;
  bytes pck_crl;
  bytes pck_crl_intermediate_certificate;
  bytes pck_crl_root_certificate;
  bytes tcb_info_intermediate_certificate;
  bytes tcb_info_root_certificate;
  bytes qe_identity_intermediate_certificate;
  bytes qe_identity_root_certificate;

  friend bool operator==(const intel_collateral&, const intel_collateral&) = default;
};

/// A CycloneDX component: a reference value in a manifest, an event in a log.
/// @note Of an event, only the hashes were measured: every other text is a claim.
struct component {
  std::string
    type; ///< firmware, operating-system, platform, application, data; empty in some events.
  std::string name;
  std::vector<digest> hashes;
  std::vector<foreign_hash> foreign_hashes = {};
  std::string version;
  bool optional = false; ///< In a manifest: need not occur.
  std::string description;
  std::vector<property> properties;
  codec::opaque_value event_data = {}; ///< Details of an event, for people; no rule looks at them.
  boxed<container_data> container;
  boxed<intel_collateral> intel; ///< In the one event of an artifact `TDX` or `SGX Collateral`.
  std::string purl;
  codec::opaque_value index = {}; ///< Its register before report 3.2.1; `cmc.index` says it since,
                                  ///< so it is kept, and no rule looks at it.

  /// Returns the value of the first property of that name, or nothing.
  const std::string* find_property(std::string_view wanted) const;

  /// Returns the digest of that algorithm, or nothing.
  const digest* find_hash(hash_algorithm wanted) const;

  friend bool operator==(const component&, const component&) = default;
};

} // namespace troth::report
