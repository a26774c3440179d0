#include "shared/appraisal/snp_tcb.hpp"

#include "shared/appraisal/snp_rules.hpp"
#include "shared/base/hex.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace troth::appraisal {

namespace {

using evidence::snp::attestation_report;
using evidence::snp::firmware_version;
using evidence::snp::product_line;
using evidence::snp::tcb_parts;
using report::snp_evidence;

struct named_tcb {
  std::string_view name;
  tcb_parts parts;
};

std::string text(const tcb_parts& tcb) {
  return "fmc " + std::to_string(tcb.fmc) + ", boot loader " + std::to_string(tcb.boot_loader)
         + ", TEE " + std::to_string(tcb.tee) + ", SNP " + std::to_string(tcb.snp) + ", microcode "
         + std::to_string(tcb.microcode);
}

std::string subject(std::string_view which) {
  return std::string{snp_evidence} + ", " + std::string{which};
}

report::version_check compare(const firmware_version& least, const firmware_version& got) {
  return {got >= least, {least.major, least.minor, least.build}, {got.major, got.minor, got.build}};
}

/// What the result shows of one part: the lowest of all four TCBs.
report::version_check lowest(std::uint8_t least, std::uint8_t tcb_parts::*part,
                             std::span<const named_tcb> tcbs) {
  std::uint8_t got = 0xff;
  for (const auto& tcb : tcbs)
    got = std::min(got, tcb.parts.*part);
  return {got >= least, {least}, {got}};
}

void check_order(const attestation_report& report, product_line line, ledger& book) {
  const auto current = parts_of(report.current_tcb, line);
  const auto committed = parts_of(report.committed_tcb, line);
  const auto reported = parts_of(report.reported_tcb, line);
  book.check(rules::snp_tcb_order, snp_evidence,
             reaches(committed, reported) && reaches(current, committed)
               && report.current_version >= report.committed_version,
             {"reported " + text(reported) + "; committed " + text(committed) + "; current "
                + text(current),
              "reported at most committed, committed at most current"});
}

void check_firmware(const attestation_report& report, const firmware_version& least, ledger& book,
                    report::snp_result& into) {
  for (const auto& [name, version] : {std::pair{"current version", report.current_version},
                                      std::pair{"committed version", report.committed_version}})
    book.check(rules::snp_firmware, subject(name), version >= least,
               {to_string(version), "at least " + to_string(least)});
  into.firmware_check = compare(least, std::min(report.current_version, report.committed_version));
}

void check_tcbs(const attestation_report& report, const tcb_parts& least, product_line line,
                ledger& book, report::snp_result& into) {
  const std::array tcbs{named_tcb{"current TCB", parts_of(report.current_tcb, line)},
                        named_tcb{"committed TCB", parts_of(report.committed_tcb, line)},
                        named_tcb{"launch TCB", parts_of(report.launch_tcb, line)},
                        named_tcb{"reported TCB", parts_of(report.reported_tcb, line)}};
  auto& out = into.tcb_check;
  const auto first = book.size();
  for (const auto& tcb : tcbs)
    book.check(rules::snp_tcb, subject(tcb.name), reaches(tcb.parts, least),
               {text(tcb.parts), "at least " + text(least)});
  out.summary = book.conclude(first);
  out.fmc = lowest(least.fmc, &tcb_parts::fmc, tcbs);
  out.boot_loader = lowest(least.boot_loader, &tcb_parts::boot_loader, tcbs);
  out.tee = lowest(least.tee, &tcb_parts::tee, tcbs);
  out.snp = lowest(least.snp, &tcb_parts::snp, tcbs);
  out.microcode = lowest(least.microcode, &tcb_parts::microcode, tcbs);
}

} // namespace

void appraise_snp_tcb(const attestation_report& report, const report::snp_policy* policy,
                      product_line line, ledger& book, report::snp_result& into) {
  check_order(report, line, book);
  if (policy == nullptr)
    return;
  const auto wanted = std::ranges::find_if(policy->versions, [&](const auto& each) {
    return evidence::snp::product_named(each.name) == line;
  });
  const bool is_there = wanted != policy->versions.end();
  book.check(rules::snp_product_policy, snp_evidence, is_there,
             {std::string{name(line)}, "a product line that the root manifest names"});
  if (!is_there)
    return;
  const auto& [build, major, minor] = wanted->firmware;
  check_firmware(report, {major, minor, build}, book, into);
  const auto& tcb = wanted->tcb;
  check_tcbs(report, {tcb.fmc, tcb.bootloader, tcb.tee, tcb.snp, tcb.microcode}, line, book, into);
}

} // namespace troth::appraisal
