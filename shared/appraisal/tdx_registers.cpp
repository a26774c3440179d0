#include "shared/appraisal/tdx_registers.hpp"

#include "shared/appraisal/intel_rules.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace troth::appraisal {

namespace {

using report::tdx_evidence;

constexpr auto register_hash = hash_algorithm::sha384;
constexpr std::array<std::string_view, 6> names{"MRTD",  "RTMR0", "RTMR1",
                                                "RTMR2", "RTMR3", "MRSEAM"};

const evidence::tdx::measurement& value_of(const evidence::tdx::td_report& td, std::uint64_t at) {
  if (at == td_register::mr_td)
    return td.mr_td;
  if (at == td_register::mr_seam)
    return td.mr_seam;
  return td.rtmrs.at(at - td_register::first_rtmr);
}

class register_check {
public:
  register_check(const evidence_inputs& in, const evidence::tdx::td_report& td, ledger& book,
                 std::vector<report::digest_result>& events)
    : in_(in), td_(td), book_(book), events_(events), index_(in.references, register_hash) {
    // nop
  }

  std::vector<report::digest_result> run() {
    book_.check(rules::tdx_reference, tdx_evidence, !in_.references.empty(),
                {std::to_string(in_.references.size()) + " reference values", "one at least"});
    check_logs_known();
    std::vector<report::digest_result> out;
    for (std::uint64_t at = td_register::mr_td; at <= td_register::mr_seam; ++at)
      out.push_back(check(at));
    return out;
  }

private:
  report::digest_result check(std::uint64_t at) {
    const auto quoted = *digest::from(register_hash, value_of(td_, at));
    report::digest_result shown;
    shown.index = at;
    shown.launched = true;
    shown.value = quoted;
    if (at == td_register::mr_td || at == td_register::mr_seam)
      check_fixed(at, quoted, shown);
    else if (const auto* log = find_log(at))
      check_log(at, quoted, *log, shown);
    else
      check_replayed(at, quoted, shown);
    shown.type = shown.success ? "Verified" : "Measurement";
    return shown;
  }

  void check_fixed(std::uint64_t at, const digest& quoted, report::digest_result& shown) {
    const auto* met = index_.meet(at, event_kind::extend, quoted);
    shown.success = met != nullptr;
    shown.what = met != nullptr ? met->component : nullptr;
    book_.check(rules::tdx_register, names.at(at), shown.success,
                {hex(quoted.view()), "a reference value of this register"});
  }

  /// What the reference values lead to, in their order; an optional one could not be left out.
  void check_replayed(std::uint64_t at, const digest& quoted, report::digest_result& shown) {
    digest value{register_hash};
    bool is_whole = true;
    for (const auto& each : in_.references) {
      if (each.register_index != at)
        continue;
      const auto* known = each.component->find_hash(register_hash);
      is_whole = is_whole && known != nullptr;
      if (known != nullptr)
        crypto::extend(value, known->view());
    }
    shown.success = is_whole && value == quoted;
    book_.check(rules::tdx_register, names.at(at), shown.success,
                {hex(quoted.view()), hex(value.view()) + ", by the reference values"});
  }

  void check_log(std::uint64_t at, const digest& quoted, const report::artifact& log,
                 report::digest_result& shown) {
    digest value{register_hash};
    for (const auto& event : log.events) {
      const auto* measured = event.find_hash(register_hash);
      const auto* met = measured != nullptr ? index_.meet(at, event_kind::extend, *measured)
                                            : nullptr;
      if (measured != nullptr)
        crypto::extend(value, measured->view());
      add_event(at, event, measured, met);
      if (met == nullptr)
        book_.check(rules::tdx_event, names.at(at), false,
                    {measured != nullptr ? hex(measured->view()) : "no SHA-384",
                     "a reference value of this register",
                     {},
                     event.name});
    }
    shown.success = value == quoted;
    book_.check(rules::tdx_log, names.at(at), shown.success,
                {hex(quoted.view()), hex(value.view()) + ", by the log"});
    check_all_met(at);
  }

  void add_event(std::uint64_t at, const report::component& event, const digest* measured,
                 const reference* met) {
    report::digest_result out;
    out.success = met != nullptr;
    out.launched = true;
    out.type = met != nullptr ? "Verified" : "Measurement";
    out.index = at;
    if (measured != nullptr)
      out.value = *measured;
    out.what = met != nullptr ? met->component : &event;
    events_.push_back(out);
  }

  void check_all_met(std::uint64_t at) {
    for (std::size_t i = 0; i < in_.references.size(); ++i) {
      const auto& each = in_.references[i];
      if (each.register_index != at || each.component->optional || index_.was_met(i))
        continue;
      const auto* known = each.component->find_hash(register_hash);
      book_.check(rules::tdx_event, names.at(at), false,
                  {"no such event",
                   known != nullptr ? hex(known->view()) : "a SHA-384",
                   {},
                   each.component->name});
    }
  }

  /// Refuses a log of a register that has none, and two of one.
  void check_logs_known() {
    for (std::uint64_t at = td_register::mr_td; at <= td_register::mr_seam; ++at) {
      const auto count = std::ranges::count_if(artifacts(), [&](const report::artifact& one) {
        return is_log_of(one, at);
      });
      const auto is_rtmr = at >= td_register::first_rtmr && at <= td_register::last_rtmr;
      if (count > (is_rtmr ? 1 : 0))
        book_.check(rules::tdx_log, names.at(at), false,
                    {std::to_string(count) + " logs", is_rtmr ? "one at most" : "none"});
    }
    for (const auto& one : artifacts())
      if (one.type == report::artifact_cc_eventlog && one.index > td_register::mr_seam)
        book_.check(rules::tdx_log, tdx_evidence, false,
                    {"register " + std::to_string(one.index), "an RTMR"});
  }

  static bool is_log_of(const report::artifact& one, std::uint64_t at) {
    return one.type == report::artifact_cc_eventlog && one.index == at;
  }

  const std::vector<report::artifact>& artifacts() const {
    return find_collateral(in_.context.value(), in_.evidence.type)->artifacts;
  }

  const report::artifact* find_log(std::uint64_t at) const {
    const auto found = std::ranges::find_if(artifacts(), [&](const report::artifact& one) {
      return is_log_of(one, at);
    });
    return found != artifacts().end() ? &*found : nullptr;
  }

  const evidence_inputs& in_;
  const evidence::tdx::td_report& td_;
  ledger& book_;
  std::vector<report::digest_result>& events_;
  reference_index index_;
};

} // namespace

std::vector<report::digest_result>
check_td_registers(const evidence_inputs& in, const evidence::tdx::td_report& td, ledger& book,
                   std::vector<report::digest_result>& events) {
  return register_check{in, td, book, events}.run();
}

} // namespace troth::appraisal
