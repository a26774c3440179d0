#include "tests/vectors/snp_facts.hpp"

#include "shared/base/hex.hpp"
#include "tests/vectors/kinds.hpp"

namespace troth::testing {

using namespace evidence::snp;

namespace {

std::string key_name(const attestation_report& of) {
  if (of.is_signed_by(signing_key::vcek))
    return "VCEK";
  if (of.is_signed_by(signing_key::vlek))
    return "VLEK";
  return of.is_signed_by(signing_key::none) ? "NONE" : "?";
}

} // namespace

std::string product_fact(product_line line) {
  switch (line) {
  case product_line::milan:
    return "milan";
  case product_line::genoa:
    return "genoa";
  case product_line::turin:
    return "turin";
  }
  return {};
}

json report_facts(const attestation_report& of) {
  json out{{"version", of.version},
           {"guest_svn", of.guest_svn},
           {"policy", number(of.policy, 0)},
           {"family_id", hex(of.family_id)},
           {"image_id", hex(of.image_id)},
           {"vmpl", of.vmpl},
           {"signature_algo", of.signature_algorithm},
           {"current_tcb", hex(of.current_tcb)},
           {"platform_info", number(of.platform_info, 0)},
           {"author_key_en", of.author_key_enabled ? 1 : 0},
           {"mask_chip_key", of.mask_chip_key ? 1 : 0},
           {"signing_key", key_name(of)},
           {"report_data", hex(of.report_data)},
           {"measurement", hex(of.measurement)},
           {"host_data", hex(of.host_data)},
           {"id_key_digest", hex(of.id_key_digest)},
           {"author_key_digest", hex(of.author_key_digest)},
           {"report_id", hex(of.report_id)},
           {"report_id_ma", hex(of.report_id_ma)},
           {"reported_tcb", hex(of.reported_tcb)},
           {"chip_id", hex(of.chip_id)},
           {"committed_tcb", hex(of.committed_tcb)},
           {"current_version", to_string(of.current_version)},
           {"committed_version", to_string(of.committed_version)},
           {"launch_tcb", hex(of.launch_tcb)}};
  if (of.processor) {
    out["cpuid_family"] = number(of.processor->family, 0);
    out["cpuid_model"] = number(of.processor->model, 0);
    out["cpuid_stepping"] = number(of.processor->stepping, 0);
  }
  return out;
}

json tcb_facts(const tcb_parts& of) {
  return {{"fmc_spl", of.fmc},
          {"bl_spl", of.boot_loader},
          {"tee_spl", of.tee},
          {"snp_spl", of.snp},
          {"ucode_spl", of.microcode}};
}

json extension_facts(const endorsement::vek_extensions& of) {
  auto out = tcb_facts(of.tcb);
  out["struct_version"] = of.struct_version;
  out["product_name"] = of.product_name;
  if (of.hardware_id)
    out["hwid"] = hex(*of.hardware_id);
  if (of.csp_id)
    out["csp_id"] = *of.csp_id;
  return out;
}

} // namespace troth::testing
