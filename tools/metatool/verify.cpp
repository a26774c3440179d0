#include "tools/metatool/verify.hpp"

#include "shared/appraisal/signed_item.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"

namespace troth::metatool {

namespace {

terminal::mark mark_of(report::outcome says) {
  switch (says) {
  case report::outcome::pass:
    return {"ok", terminal::tone::good};
  case report::outcome::fail:
    return {"FAIL", terminal::tone::bad};
  default:
    return {name(says), terminal::tone::caution};
  }
}

} // namespace

verification verify(byte_view signed_item, const verify_options& options) {
  appraisal::policy rules;
  rules.minimum_signers = options.minimum_signers;
  const auto role = [&](std::string_view eku) {
    return options.accepts_any_eku ? std::string_view{} : eku;
  };
  appraisal::ledger book{rules};
  appraisal::certificate_pool metadata{options.roots, options.at, role(crypto::eku::code_signing)};
  appraisal::certificate_pool status{options.roots, options.at, role(crypto::eku::ocsp_signing)};
  appraisal::item_appraisal items{{metadata, status}, options.at, nullptr, book};
  const auto sum = crypto::hash(hash_algorithm::sha256, signed_item);
  const auto found = items.run(hex(sum.view()), sum, signed_item);
  terminal::sheet out{options.to, options.width};
  out.heading("Digest " + hex(sum.view()));
  for (const auto& finding : std::move(book).take()) {
    std::string text{finding.rule};
    for (const auto& part : {finding.subject, finding.got, finding.detail})
      text += part.empty() ? "" : "  " + part;
    if (finding.says == report::outcome::fail)
      text += "  (" + finding.code + ", expected " + finding.expected + ")";
    out.marked_row(2, mark_of(finding.says), text);
  }
  return {found.summary.says, std::move(out).take()};
}

} // namespace troth::metatool
