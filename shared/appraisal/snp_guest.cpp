#include "shared/appraisal/snp_guest.hpp"

#include "shared/appraisal/snp_rules.hpp"
#include "shared/base/hex.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troth::appraisal {

namespace {

using evidence::snp::attestation_report;
using report::snp_evidence;
namespace guest = evidence::snp::guest_policy;
namespace platform = evidence::snp::platform_info;

constexpr auto snp_bank = hash_algorithm::sha384;

std::string number(std::uint64_t value) {
  std::string out;
  do
    out.insert(out.begin(), "0123456789abcdef"[value & 0xf]);
  while ((value >>= 4) != 0);
  return "0x" + out;
}

std::string abi_text(std::pair<std::uint64_t, std::uint64_t> abi) {
  return std::to_string(abi.first) + '.' + std::to_string(abi.second);
}

class judge {
public:
  judge(const attestation_report& report, ledger& book, report::measurement_result& into)
    : report_(report), book_(book), out_(into) {
    // nop
  }

  void policy(const report::snp_guest_policy& wanted) {
    auto& out = out_.snp->policy_check;
    const auto first = book_.size();
    out.abi = abi(wanted);
    out.smt = bit(rules::snp_smt, guest::smt, wanted.smt);
    out.migration = bit(rules::snp_migration, guest::migrate_ma, wanted.migration);
    out.debug = debug(wanted.debug);
    out.single_socket = bit(rules::snp_single_socket, guest::single_socket, wanted.single_socket);
    out.summary = book_.conclude(first);
  }

  void reserved_bits() {
    const auto is_good = (report_.policy & ~guest::known) == 0
                         && (report_.policy & guest::reserved_one) != 0;
    book_.check(rules::snp_policy_reserved, snp_evidence, is_good,
                {number(report_.policy), "bit 17 set, and none above bit 25"});
    book_.check(rules::snp_cxl, snp_evidence,
                (report_.policy & guest::cxl_allow) == 0 || book_.rules().snp.accept_cxl,
                {number(report_.policy), "bit 21 (CXL_ALLOW) not set"});
  }

  void identity() {
    const auto& wanted = book_.rules().snp;
    std::string vmpls;
    for (const auto vmpl : wanted.vmpls)
      vmpls += (vmpls.empty() ? "" : ", ") + std::to_string(vmpl);
    book_.check(rules::snp_vmpl, snp_evidence, wanted.vmpls.contains(report_.vmpl),
                {std::to_string(report_.vmpl), vmpls});
    book_.check(rules::snp_guest_svn, snp_evidence, report_.guest_svn >= wanted.minimum_guest_svn,
                {std::to_string(report_.guest_svn),
                 "at least " + std::to_string(wanted.minimum_guest_svn)});
    one_of(rules::snp_host_data, report_.host_data, wanted.host_data);
    one_of(rules::snp_id_key, report_.id_key_digest, wanted.id_key_digests);
    one_of(rules::snp_author_key, report_.author_key_digest, wanted.author_key_digests);
    one_of(rules::snp_family_id, report_.family_id, wanted.family_ids);
    one_of(rules::snp_image_id, report_.image_id, wanted.image_ids);
  }

  void host() {
    const auto& wanted = book_.rules().snp;
    const auto is_good = (report_.platform_info & ~platform::known) == 0
                         && (report_.platform_info & wanted.platform_required)
                              == wanted.platform_required
                         && (report_.platform_info & wanted.platform_forbidden) == 0;
    book_.check(rules::snp_platform, snp_evidence, is_good,
                {number(report_.platform_info),
                 "all of " + number(wanted.platform_required) + ", none of "
                   + number(wanted.platform_forbidden | ~platform::known)});
  }

  /// The launch digest against the reference values: one must be it, and none that is not
  /// optional may be another.
  void measurement(std::span<const reference> references) {
    const auto measured = *digest::from(snp_bank, report_.measurement);
    const report::component* known = nullptr;
    std::size_t missed = 0;
    for (const auto& each : references) {
      const auto* value = each.component->find_hash(snp_bank);
      if (value != nullptr && *value == measured)
        known = known != nullptr ? known : each.component;
      else
        missed += each.component->optional ? 0 : 1;
    }
    book_.check(rules::snp_reference, snp_evidence, !references.empty() && (missed == 0 || !known),
                {std::to_string(references.size()) + " reference values, " + std::to_string(missed)
                   + " missed",
                 "each reference value that is not optional was measured"});
    book_.check(rules::snp_measurement, snp_evidence, known != nullptr,
                {hex(report_.measurement), "a reference value of SHA-384"});
    auto& shown = out_.artifacts.emplace_back();
    shown.success = known != nullptr;
    shown.launched = true;
    shown.type = known != nullptr ? "Verified" : "Measurement";
    shown.value = measured;
    shown.what = known;
  }

private:
  /// The firmware ABI that the guest insists on: not below the one that the manifest wants.
  report::version_check abi(const report::snp_guest_policy& wanted) {
    const std::pair<std::uint64_t, std::uint64_t> claimed{wanted.abi_major, wanted.abi_minor};
    const std::pair<std::uint64_t, std::uint64_t> measured{report_.policy >> 8 & 0xff,
                                                           report_.policy & 0xff};
    const bool holds = measured >= claimed;
    book_.check(rules::snp_abi, snp_evidence, holds,
                {abi_text(measured), "at least " + abi_text(claimed)});
    return {holds, {claimed.first, claimed.second}, {measured.first, measured.second}};
  }

  report::boolean_match bit(const rule& rule, std::uint64_t mask, bool wanted) {
    const bool measured = (report_.policy & mask) != 0;
    book_.check(rule, snp_evidence, measured == wanted,
                {measured ? "allowed" : "not allowed", wanted ? "allowed" : "not allowed"});
    return {measured == wanted, wanted, measured};
  }

  /// A guest that may be debugged has no secret: not even a manifest makes it good by itself.
  report::boolean_match debug(bool wanted) {
    const bool measured = (report_.policy & guest::debug) != 0;
    const bool holds = measured == wanted && (!measured || book_.rules().snp.accept_debug);
    book_.check(rules::snp_debug, snp_evidence, holds,
                {measured ? "allowed" : "not allowed",
                 wanted && book_.rules().snp.accept_debug ? "allowed" : "not allowed"});
    return {holds, wanted, measured};
  }

  void one_of(const rule& rule, byte_view got, const std::vector<bytes>& accepted) {
    const auto is_zero = std::ranges::all_of(got, [](auto byte) { return byte == 0; });
    const auto is_named = std::ranges::any_of(accepted, [&](const auto& each) {
      return std::ranges::equal(each, got);
    });
    book_.check(rule, snp_evidence, accepted.empty() ? is_zero : is_named,
                {hex(got),
                 accepted.empty() ? "zeros: the policy names none" : "one that the policy names"});
  }

  const attestation_report& report_;
  ledger& book_;
  report::measurement_result& out_;
};

} // namespace

void appraise_snp_guest(const attestation_report& report, const report::snp_policy* policy,
                        std::span<const reference> references, ledger& book,
                        report::measurement_result& into) {
  judge judge{report, book, into};
  if (policy != nullptr)
    judge.policy(policy->guest);
  judge.reserved_bits();
  judge.identity();
  judge.host();
  judge.measurement(references);
}

} // namespace troth::appraisal
