#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/tdx/quote.hpp"
#include "tests/vectors/intel.hpp"
#include "tests/vectors/kinds.hpp"

#include <algorithm>

namespace troth::testing {

namespace {

json body_facts(const evidence::tdx::td_report& of) {
  json out{{"tee_tcb_svn", hex(of.tee_tcb_svn)},
           {"mr_seam", hex(of.mr_seam)},
           {"mr_signer_seam", hex(of.mr_signer_seam)},
           {"seam_attributes", little_hex(of.seam_attributes, 8)},
           {"td_attributes", little_hex(of.td_attributes, 8)},
           {"xfam", little_hex(of.xfam, 8)},
           {"mr_td", hex(of.mr_td)},
           {"mr_config_id", hex(of.mr_config_id)},
           {"mr_owner", hex(of.mr_owner)},
           {"mr_owner_config", hex(of.mr_owner_config)},
           {"report_data", hex(of.report_data)}};
  for (std::size_t i = 0; i < of.rtmrs.size(); ++i)
    out["rtmr" + std::to_string(i)] = hex(of.rtmrs.at(i));
  if (of.added) {
    out["tee_tcb_svn2"] = hex(of.added->tee_tcb_svn2);
    out["mr_service_td"] = hex(of.added->mr_service_td);
  }
  return out;
}

// What else an entry binds to the report data: a nonce, or an Azure VM's runtime claims.
void add_bindings(const vector_case& given, byte_view report_data, outcome& out) {
  if (const auto* nonce = given.file("nonce"))
    out.facts["nonce_equals_report_data"] = std::ranges::equal(*nonce, report_data);
  const auto* claims = given.file("azure_runtime_claims");
  if (claims == nullptr)
    return;
  const auto sum = crypto::hash(hash_algorithm::sha256, *claims);
  const bool is_bound = std::ranges::equal(report_data.first(sum.view().size()), sum.view());
  out.facts["runtime_claims_sha256"] = hex(sum.view());
  out.facts["runtime_claims_bound_in_report_data"] = is_bound;
}

} // namespace

outcome judge_tdx(const vector_case& given) {
  const auto* file = given.file("quote");
  if (file == nullptr)
    return {};
  const auto quote = evidence::tdx::parse_quote(*file);
  if (!quote)
    return {{}, {{"refused", true}}};
  auto out = judge_intel(given, {quote->header, quote->signed_by, quote->signed_bytes,
                                 quote->signature_data_bytes, quote->trailing_bytes, &quote->body});
  out.facts["body"] = body_facts(quote->body);
  if (quote->body_type)
    out.facts["body_type"] = *quote->body_type;
  add_bindings(given, quote->body.report_data, out);
  return out;
}

} // namespace troth::testing
