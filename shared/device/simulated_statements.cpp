#include "shared/base/hex.hpp"
#include "shared/device/simulated_intel.hpp"
#include "shared/evidence/sgx/encode.hpp"

#include <span>

namespace troth::device {

namespace {

using namespace endorsement::intel;

std::string in_quotes(std::string_view text) {
  return '"' + std::string{text} + '"';
}

std::string little(std::uint64_t value, std::size_t size_bytes) {
  evidence::sgx::encoder out;
  out.number(value, size_bytes);
  return in_quotes(hex(std::move(out).take()));
}

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& one : items)
    out += (out.empty() ? "" : ",") + one;
  return '[' + out + ']';
}

std::string write_head(const statement_head& of) {
  return "\"id\":" + in_quotes(of.id) + ",\"version\":" + std::to_string(of.version)
         + ",\"issueDate\":" + in_quotes(format_time(of.issue_date))
         + ",\"nextUpdate\":" + in_quotes(format_time(of.next_update))
         + ",\"tcbEvaluationDataNumber\":" + std::to_string(of.evaluation_number);
}

std::string write_rating(const tcb_rating& of) {
  std::vector<std::string> advisories;
  for (const auto& one : of.advisories)
    advisories.push_back(in_quotes(one));
  return ",\"tcbDate\":" + in_quotes(format_time(of.date))
         + ",\"tcbStatus\":" + in_quotes(name(of.status))
         + (advisories.empty() ? "" : ",\"advisoryIDs\":" + joined(advisories)) + '}';
}

std::string write_levels(const std::vector<svn_level>& of) {
  std::vector<std::string> out;
  for (const auto& one : of)
    out.push_back("{\"tcb\":{\"isvsvn\":" + std::to_string(one.isv_svn) + '}'
                  + write_rating(one.rating));
  return joined(out);
}

std::string write_components(std::span<const std::uint8_t> of) {
  std::vector<std::string> out;
  for (const auto svn : of)
    out.push_back("{\"svn\":" + std::to_string(svn) + '}');
  return joined(out);
}

std::string write_level(const tcb_level& of, bool is_tdx) {
  return "{\"tcb\":{\"sgxtcbcomponents\":" + write_components(of.sgx_components)
         + ",\"pcesvn\":" + std::to_string(of.pce_svn)
         + (is_tdx ? ",\"tdxtcbcomponents\":" + write_components(of.tdx_components) : "") + '}'
         + write_rating(of.rating);
}

std::string write_module(const tdx_module& of) {
  return "{\"id\":" + in_quotes(of.id) + ",\"mrsigner\":" + in_quotes(hex(of.mr_signer))
         + ",\"attributes\":" + little(of.attributes, 8) + ",\"attributesMask\":"
         + little(of.attributes_mask, 8) + ",\"tcbLevels\":" + write_levels(of.levels) + '}';
}

} // namespace

std::string write_tcb_info(const tcb_info& of) {
  auto out = '{' + write_head(of) + ",\"fmspc\":" + in_quotes(hex(of.fmspc))
             + ",\"pceId\":" + in_quotes(hex(of.pce_id)) + ",\"tcbType\":0";
  if (of.module)
    out += ",\"tdxModule\":" + write_module(*of.module);
  if (!of.identities.empty()) {
    std::vector<std::string> all;
    for (const auto& one : of.identities)
      all.push_back(write_module(one));
    out += ",\"tdxModuleIdentities\":" + joined(all);
  }
  std::vector<std::string> levels;
  for (const auto& one : of.levels)
    levels.push_back(write_level(one, of.module.has_value()));
  return out + ",\"tcbLevels\":" + joined(levels) + '}';
}

std::string write_enclave_identity(const enclave_identity& of) {
  evidence::sgx::encoder values;
  values.number(of.flags, 8).number(of.xfrm, 8);
  evidence::sgx::encoder masks;
  masks.number(of.flags_mask, 8).number(of.xfrm_mask, 8);
  return '{' + write_head(of) + ",\"miscselect\":" + little(of.misc_select, 4)
         + ",\"miscselectMask\":" + little(of.misc_select_mask, 4)
         + ",\"attributes\":" + in_quotes(hex(std::move(values).take())) + ",\"attributesMask\":"
         + in_quotes(hex(std::move(masks).take())) + ",\"mrsigner\":" + in_quotes(hex(of.mr_signer))
         + ",\"isvprodid\":" + std::to_string(of.isv_prod_id)
         + ",\"tcbLevels\":" + write_levels(of.levels) + '}';
}

} // namespace troth::device
