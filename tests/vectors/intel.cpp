#include "tests/vectors/intel.hpp"

#include "shared/base/hex.hpp"
#include "shared/endorsement/intel_chain.hpp"
#include "shared/endorsement/intel_quote.hpp"
#include "tests/vectors/tpm_facts.hpp"

#include <algorithm>

namespace troth::testing {

namespace {

using namespace endorsement::intel;

constexpr std::string_view production_root
  = "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3";

std::string tee_name(std::uint32_t type) {
  return type == evidence::sgx::tee_sgx ? "0x0" : "0x81";
}

json pck_facts(const crypto::certificate& of, const pck_extension& says) {
  auto out = certificate_facts(of);
  out["issuer"] = of.issuer();
  out["ppid"] = hex(says.ppid);
  out["comps"] = says.tcb.components;
  out["pcesvn"] = says.tcb.pce_svn;
  out["cpusvn"] = hex(says.tcb.cpu_svn);
  out["pceid"] = hex(says.pce_id);
  out["fmspc"] = hex(says.fmspc);
  out["sgx_type"] = says.sgx_type;
  if (says.platform_instance_id)
    out["platform_instance_id"] = hex(*says.platform_instance_id);
  const auto add = [&](const char* key, const std::optional<bool>& value) {
    if (value)
      out["configuration"][key] = *value;
  };
  if (says.configuration) {
    add("dynamic_platform", says.configuration->dynamic_platform);
    add("cached_keys", says.configuration->cached_keys);
    add("smt_enabled", says.configuration->smt_enabled);
  }
  return out;
}

json quote_facts(const intel_quote& of) {
  return {{"quote_version", of.header.version},
          {"att_key_type", of.header.attestation_key_type},
          {"tee_type", tee_name(of.header.tee_type)},
          {"qe_vendor_id", hex(of.header.qe_vendor_id)},
          {"qe_report", enclave_facts(of.signed_by.qe_report)},
          {"qe_auth_data", hex(of.signed_by.qe_auth_data)},
          {"certification_data_type", static_cast<int>(of.signed_by.type)},
          {"signature_data_len", of.signature_data_bytes},
          {"trailing_bytes_after_signature_data", of.trailing_bytes}};
}

intel_platform read_platform(const vector_case& given, const intel_quote& quote) {
  intel_platform out;
  if (quote.signed_by.type != evidence::sgx::certification_type::pck_chain)
    out.chain = read_certificates(given.file("pck_chain"));
  else if (auto carried = parse_pck_chain(quote.signed_by.certification_data))
    out.chain = *std::move(carried);
  if (!out.chain.empty())
    if (auto says = pck_extension_of(out.chain.front()))
      out.pck = *std::move(says);
  if (given.anchor)
    if (const auto anchors = read_certificates(&*given.anchor); !anchors.empty())
      out.anchor = anchors.back();
  return out;
}

void judge_signature(const intel_quote& quote, const intel_platform& platform, outcome& out) {
  auto& checks = out.facts["checks"];
  const bool by_key = verify_quote_signature(quote.signed_bytes, quote.signed_by).has_value();
  const bool of_qe = verify_attestation_key(quote.signed_by).has_value();
  const bool by_pck
    = !platform.chain.empty()
      && verify_qe_report(quote.signed_by, platform.chain.front().key()).has_value();
  checks["quote_signature_by_attestation_key"] = by_key;
  checks["qe_report_data_binds_attestation_key"] = of_qe;
  checks["qe_report_signature_by_pck"] = by_pck;
  out.verdict["signature"] = by_key && of_qe && by_pck;
}

bool is_signed_by(const crypto::certificate& one, const crypto::certificate& issuer) {
  return one.verify_signature(issuer.key()).has_value();
}

/// Whether the path ends in the anchor; without an instant: by its signatures alone.
bool chain_holds(const vector_case& given, const intel_platform& platform) {
  const auto& [chain, pck, anchor] = platform;
  if (given.time)
    return verify_pck_chain(chain, std::vector{*anchor}, *given.time)
           && check_ca_kind(*pck, chain[1]);
  return is_signed_by(chain[0], chain[1]) && is_signed_by(chain[1], *anchor)
         && is_signed_by(*anchor, *anchor);
}

void judge_chain(const vector_case& given, const intel_platform& platform, outcome& out) {
  const auto& chain = platform.chain;
  if (!platform.is_whole()) {
    out.verdict["chain"] = false;
    return;
  }
  out.facts["pck"] = pck_facts(chain.front(), *platform.pck);
  auto& checks = out.facts["checks"];
  checks["pck_signed_by_intermediate"] = is_signed_by(chain[0], chain[1]);
  checks["intermediate_signed_by_root"] = is_signed_by(chain[1], chain[2]);
  checks["root_self_signed"] = is_signed_by(chain[2], chain[2]);
  checks["root_is_intel_production_root"] = hex(chain[2].sha256().view()) == production_root;
  if (platform.anchor)
    out.verdict["chain"] = chain_holds(given, platform);
}

} // namespace

std::string little_hex(std::uint64_t value, std::size_t size_bytes) {
  bytes out;
  for (std::size_t i = 0; i < size_bytes; ++i)
    out.push_back(static_cast<std::uint8_t>(value >> 8 * i));
  return hex(out);
}

std::vector<crypto::certificate> read_certificates(const bytes* file) {
  if (file == nullptr)
    return {};
  if (auto several = crypto::certificate::from_pem(to_text(*file)))
    return *std::move(several);
  if (auto one = crypto::certificate::from_der(*file))
    return {*std::move(one)};
  return {};
}

json enclave_facts(const evidence::sgx::enclave_report& of) {
  return {{"cpu_svn", hex(of.cpu_svn)},
          {"misc_select", little_hex(of.misc_select, 4)},
          {"attributes", little_hex(of.flags, 8) + little_hex(of.xfrm, 8)},
          {"mr_enclave", hex(of.mr_enclave)},
          {"mr_signer", hex(of.mr_signer)},
          {"isv_prod_id", of.isv_prod_id},
          {"isv_svn", of.isv_svn},
          {"report_data", hex(of.report_data)}};
}

outcome judge_intel(const vector_case& given, const intel_quote& quote) {
  outcome out{quote_facts(quote), {{"refused", false}}};
  const auto platform = read_platform(given, quote);
  judge_signature(quote, platform, out);
  judge_chain(given, platform, out);
  judge_collateral(given, quote, platform, out);
  const auto is_false = [&](const char* field) {
    return out.verdict.value(field, json{}) == false;
  };
  if (is_false("signature") || is_false("chain") || is_false("collateral")
      || !std::ranges::equal(quote.header.qe_vendor_id, intel_qe_vendor))
    out.verdict["refused"] = true;
  if (!given.time)
    out.verdict["refused"] = true;
  return out;
}

} // namespace troth::testing
