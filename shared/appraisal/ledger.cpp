#include "shared/appraisal/ledger.hpp"

#include <algorithm>

namespace troth::appraisal {

using report::outcome;
using report::status;

report::check_result ledger::check(const rule& rule, std::string_view subject, bool holds,
                                   comparison compared) {
  return note(rule, subject, holds ? outcome::pass : outcome::fail, std::move(compared));
}

report::check_result ledger::warn(const rule& rule, std::string_view subject, comparison compared) {
  return note(rule, subject, outcome::warn, std::move(compared));
}

report::check_result ledger::note(const rule& rule, std::string_view subject, outcome says,
                                  comparison compared) {
  if (rule.may_be_skipped && policy_.not_checked.contains(rule.id))
    says = outcome::not_checked;
  report::check_result out;
  out.says = says == outcome::pass   ? status::success
             : says == outcome::fail ? status::fail
                                     : status::warn;
  out.got = compared.got;
  out.expected = compared.expected;
  out.details = compared.detail;
  const auto is_fault = says == outcome::fail || says == outcome::warn;
  if (is_fault)
    out.error_codes = {rule.code};
  auto code = !is_fault               ? std::string{}
              : compared.code.empty() ? std::string{rule.id}
                                      : std::move(compared.code);
  if (is_fault && compared.got.empty()) // e.g. no bytes in hex
    compared.got = "nothing";
  findings_.push_back({rule.id, says, std::string{subject}, std::move(code),
                       std::move(compared.got), std::move(compared.expected), rule.clause,
                       std::move(compared.detail)});
  codes_.push_back(rule.code);
  return out;
}

report::check_result ledger::fail(const rule& rule, std::string_view subject, const error& why,
                                  std::string expected) {
  return check(rule, subject, false,
               {std::string{name(why.code)}, std::move(expected), std::string{name(why.code)},
                why.where});
}

void ledger::not_checked(const rule& rule, std::string_view subject, std::string detail) {
  findings_.push_back({rule.id,
                       outcome::not_checked,
                       std::string{subject},
                       {},
                       {},
                       {},
                       rule.clause,
                       std::move(detail)});
  codes_.push_back(rule.code);
}

std::vector<recorded_finding> ledger::since(std::size_t first) const {
  std::vector<recorded_finding> out;
  for (auto at = first; at < findings_.size(); ++at)
    out.push_back({findings_[at], codes_[at]});
  return out;
}

void ledger::repeat(std::span<const recorded_finding> said) {
  for (const auto& each : said) {
    findings_.push_back(each.said);
    codes_.push_back(each.code);
  }
}

report::check_result ledger::conclude(std::size_t first) const {
  report::check_result out;
  bool passed = false;
  bool warned = false;
  for (auto at = first; at < findings_.size(); ++at) {
    const auto& finding = findings_[at];
    passed = passed || finding.says == outcome::pass;
    warned = warned || finding.says == outcome::warn
             || (finding.says == outcome::not_checked
                 && !policy_.not_checked.contains(finding.rule));
    if (finding.says == outcome::fail
        && std::ranges::find(out.error_codes, codes_[at]) == out.error_codes.end())
      out.error_codes.push_back(codes_[at]);
  }
  const auto failed = !out.error_codes.empty() || !passed;
  out.says = failed ? status::fail : warned ? status::warn : status::success;
  return out;
}

} // namespace troth::appraisal
