#pragma once

#include "shared/codec/fields.hpp"
#include "shared/report/hardware_policy.hpp"

#include <cstddef>

// How policies for hardware are carried: cmc's report 3.3.0. A member that is not there would be
// a weaker demand, so all must be, but for those that the reference leaves out as well.

namespace troth::report {

inline constexpr std::size_t max_snp_versions = 16;
inline constexpr std::size_t max_tcb_statuses = 16;

void describe(auto& fields, codec::of<snp_guest_policy> auto& x) {
  fields.required({"type", 0}, x.type);
  fields.required({"singleSocket", 1}, x.single_socket);
  fields.required({"debug", 2}, x.debug);
  fields.required({"migration", 3}, x.migration);
  fields.required({"smt", 4}, x.smt);
  fields.required({"abiMajor", 5}, x.abi_major);
  fields.required({"abiMinor", 6}, x.abi_minor);
}

void describe(auto& fields, codec::of<snp_firmware> auto& x) {
  fields.required({"build", 0}, x.build);
  fields.required({"major", 1}, x.major);
  fields.required({"minor", 2}, x.minor);
}

void describe(auto& fields, codec::of<snp_tcb> auto& x) {
  fields.required({"fmc", 0}, x.fmc);
  fields.required({"bl", 1}, x.bootloader);
  fields.required({"tee", 2}, x.tee);
  fields.required({"snp", 3}, x.snp);
  fields.required({"ucode", 4}, x.microcode);
}

void describe(auto& fields, codec::of<snp_version> auto& x) {
  fields.required({"name", 0}, x.name);
  fields.required({"fw", 1}, x.firmware);
  fields.required({"tcb", 2}, x.tcb);
}

void describe(auto& fields, codec::of<snp_policy> auto& x) {
  fields.required({"reportMinVersion", 0}, x.report_min_version);
  fields.required({"reportMaxVersion", 1}, x.report_max_version);
  fields.required({"policy", 2}, x.guest);
  fields.required({"versions", 3}, codec::up_to(max_snp_versions, x.versions));
}

void describe(auto& fields, codec::of<td_identity> auto& x) {
  fields.required({"mrOwner", 0}, codec::hexed(x.mr_owner));
  fields.required({"mrOwnerConfig", 1}, codec::hexed(x.mr_owner_config));
  fields.required({"mrConfigId", 2}, codec::hexed(x.mr_config_id));
}

void describe(auto& fields, codec::of<td_attributes> auto& x) {
  fields.required({"debug", 0}, x.debug);
  fields.required({"septVEDisable", 1}, x.sept_ve_disable);
  fields.required({"pks", 2}, x.pks);
  fields.required({"kl", 3}, x.kl);
}

void describe(auto& fields, codec::of<tdx_policy> auto& x) {
  fields.required({"quoteVersion", 0}, x.quote_version);
  fields.required({"tdId", 1}, x.td_id);
  fields.required({"xfam", 2}, codec::hexed(x.xfam));
  fields.required({"tdAttributes", 3}, x.attributes);
  fields.optional({"acceptedTcbStatuses", 4},
                  codec::up_to(max_tcb_statuses, x.accepted_tcb_statuses));
}

void describe(auto& fields, codec::of<sgx_attributes> auto& x) {
  fields.required({"initted", 0}, x.initted);
  fields.required({"debug", 1}, x.debug);
  fields.required({"mode64Bit", 2}, x.mode_64_bit);
  fields.required({"provisionKey", 3}, x.provision_key);
  fields.required({"eInitToken", 4}, x.e_init_token);
  fields.required({"kss", 5}, x.kss);
  fields.required({"legacy", 6}, x.legacy);
  fields.required({"avx", 7}, x.avx);
}

void describe(auto& fields, codec::of<sgx_policy> auto& x) {
  fields.required({"quoteVersion", 0}, x.quote_version);
  fields.required({"mrSigner", 2}, codec::hexed(x.mr_signer));
  fields.required({"isvSvn", 3}, x.isv_svn);
  fields.required({"attributes", 4}, x.attributes);
  fields.optional({"acceptedTcbStatuses", 5},
                  codec::up_to(max_tcb_statuses, x.accepted_tcb_statuses));
}

} // namespace troth::report
