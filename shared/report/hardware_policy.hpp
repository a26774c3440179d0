#pragma once

#include "shared/base/bytes.hpp"

#include <cstdint>
#include <string>
#include <vector>

// What a manifest demands of confidential hardware, as cmc's 3.3.0 carries it. These are the
// values to compare with; how they are compared is appraisal's.

namespace troth::report {

/// What an SEV-SNP guest may be: bits of the guest's POLICY.
/// @see SEV-SNP Firmware ABI Specification, 4.3 (guest policy)
struct snp_guest_policy {
  std::string type;
  bool single_socket = false;
  bool debug = false;
  bool migration = false;
  bool smt = false;
  std::uint8_t abi_major = 0;
  std::uint8_t abi_minor = 0;

  friend bool operator==(const snp_guest_policy&, const snp_guest_policy&) = default;
};

/// The lowest firmware.
struct snp_firmware {
  std::uint8_t build = 0;
  std::uint8_t major = 0;
  std::uint8_t minor = 0;

  friend bool operator==(const snp_firmware&, const snp_firmware&) = default;
};

/// The lowest TCB, by component.
struct snp_tcb {
  std::uint8_t fmc = 0; ///< From Turin on.
  std::uint8_t bootloader = 0;
  std::uint8_t tee = 0;
  std::uint8_t snp = 0;
  std::uint8_t microcode = 0;

  friend bool operator==(const snp_tcb&, const snp_tcb&) = default;
};

/// What one generation of processors must have.
struct snp_version {
  std::string name; ///< `milan`, `genoa`, `turin`.
  snp_firmware firmware;
  snp_tcb tcb;

  friend bool operator==(const snp_version&, const snp_version&) = default;
};

struct snp_policy {
  std::uint32_t report_min_version = 0;
  std::uint32_t report_max_version = 0;
  snp_guest_policy guest;
  std::vector<snp_version> versions; ///< One a generation; a generation without one is refused.

  friend bool operator==(const snp_policy&, const snp_policy&) = default;
};

/// Whom a TD belongs to.
struct td_identity {
  bytes mr_owner;
  bytes mr_owner_config;
  bytes mr_config_id;

  friend bool operator==(const td_identity&, const td_identity&) = default;
};

/// Bits of a TD's ATTRIBUTES.
/// @see Intel TDX Module ABI Specification, ATTRIBUTES
struct td_attributes {
  bool debug = false;
  bool sept_ve_disable = false;
  bool pks = false;
  bool kl = false;

  friend bool operator==(const td_attributes&, const td_attributes&) = default;
};

struct tdx_policy {
  std::uint16_t quote_version = 0;
  td_identity td_id;
  bytes xfam;
  td_attributes attributes;
  std::vector<std::string> accepted_tcb_statuses; ///< Empty: `UpToDate` alone.

  friend bool operator==(const tdx_policy&, const tdx_policy&) = default;
};

/// Bits of an enclave's ATTRIBUTES; `legacy` and `avx` say what its XFRM is.
/// @see Intel SDM volume 3D, 35.7.1 (ATTRIBUTES)
struct sgx_attributes {
  bool initted = false;
  bool debug = false;
  bool mode_64_bit = false;
  bool provision_key = false;
  bool e_init_token = false;
  bool kss = false;
  bool legacy = false;
  bool avx = false;

  friend bool operator==(const sgx_attributes&, const sgx_attributes&) = default;
};

struct sgx_policy {
  std::uint16_t quote_version = 0;
  bytes mr_signer;
  std::uint16_t isv_svn = 0;
  sgx_attributes attributes;
  std::vector<std::string> accepted_tcb_statuses; ///< Empty: `UpToDate` alone.

  friend bool operator==(const sgx_policy&, const sgx_policy&) = default;
};

} // namespace troth::report
