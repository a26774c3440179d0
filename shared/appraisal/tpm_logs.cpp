#include "shared/appraisal/tpm_logs.hpp"

#include "shared/appraisal/log_references.hpp"
#include "shared/appraisal/tpm_content.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/endorsement/log_components.hpp"

#include <algorithm>

namespace troth::appraisal {

namespace {

constexpr std::string_view summary_name = "PCR Summary";
constexpr std::uint64_t ima_pcr = 10;
constexpr std::uint64_t last_pcr = 23;

std::string pcr_name(std::uint64_t pcr) {
  return "PCR " + std::to_string(pcr);
}

/// An artifact's index may be any number; only a PCR's gets that PCR's value.
digest reset_value(std::uint64_t pcr, hash_algorithm bank) {
  return pcr <= last_pcr ? endorsement::reset_value(static_cast<std::uint32_t>(pcr), bank)
                         : digest{bank};
}

report::digest_result seen(std::uint64_t pcr, std::optional<digest> value,
                           const report::component* what = nullptr) {
  report::digest_result out;
  out.index = pcr;
  out.value = value;
  out.what = what;
  return out;
}

bool is_all(const digest& value, std::uint8_t byte) {
  return std::ranges::all_of(value.view(), [=](auto each) { return each == byte; });
}

/// Whether a log may say that a PCR started with `value`: what reset leaves, or in PCR 0 the
/// locality of TPM2_Startup. With any other, a log could be made to fit any quote.
bool may_start_with(std::uint64_t pcr, const digest& value) {
  if (value == reset_value(pcr, value.algorithm()))
    return true;
  auto startup = reset_value(pcr, value.algorithm());
  for (const auto locality : {std::uint8_t{3}, std::uint8_t{4}}) {
    startup.bytes_mut().back() = locality;
    if (pcr == 0 && value == startup)
      return true;
  }
  return false;
}

/// Replays the artifacts of one quote.
class replay {
public:
  replay(std::span<const reference> references, hash_algorithm bank, ledger& book)
    : references_(references), bank_(bank), expected_(references, bank), book_(book) {
    // nop
  }

  void run(const report::artifact& artifact) {
    out_.events.reserve(out_.events.size() + artifact.events.size());
    covered_.push_back(artifact.index);
    if (artifact.type == report::artifact_pcr_eventlog)
      run_log(artifact);
    else if (artifact.type == report::artifact_pcr_summary)
      run_summary(artifact);
    else
      refuse(artifact, artifact.type, "PCR Eventlog or PCR Summary");
  }

  replayed_logs finish() && {
    for (std::size_t at = 0; at < references_.size(); ++at)
      miss(at);
    book_.check(rules::tpm_event, report::tpm_evidence, unknown_events_ == 0,
                {std::to_string(unknown_events_) + " of " + std::to_string(events_)
                   + " events without a reference value",
                 "each event matches a reference value of its PCR"});
    book_.check(rules::tpm_reference, report::tpm_evidence, missed_ == 0,
                {std::to_string(missed_) + " of " + std::to_string(references_.size())
                   + " reference values missed",
                 "each reference value that is not optional was measured"});
    content_.conclude(book_);
    return std::move(out_);
  }

private:
  void refuse(const report::artifact& artifact, std::string got, std::string expected) {
    book_.check(rules::tpm_artifact, pcr_name(artifact.index), false,
                {std::move(got), std::move(expected)});
    out_.pcrs.push_back(reset_value(artifact.index, bank_));
    out_.pcr_match.push_back(seen(artifact.index, std::nullopt));
  }

  void run_log(const report::artifact& artifact) {
    auto value = reset_value(artifact.index, bank_);
    bool matched = true;
    for (std::size_t at = 0; at < artifact.events.size(); ++at) {
      const auto& event = artifact.events[at];
      const auto* measured = event.find_hash(bank_);
      if (measured == nullptr) {
        refuse(artifact, "event " + std::to_string(at) + " has no " + std::string{name(bank_)},
               "a hash of the quoted bank");
        return;
      }
      if (event.name == endorsement::initial_value_name)
        start(artifact.index, at, *measured, value);
      else
        crypto::extend(value, measured->view());
      matched = match(event, artifact.index, *measured) && matched;
    }
    if (artifact.events.empty() || artifact.events.front().name != endorsement::initial_value_name)
      expected_.meet(artifact.index, event_kind::initial, // said by saying nothing
                     reset_value(artifact.index, bank_));
    conclude(artifact.index, value, matched);
  }

  void start(std::uint64_t pcr, std::size_t at, const digest& claimed, digest& value) {
    const auto holds = at == 0 && may_start_with(pcr, claimed);
    book_.check(rules::tpm_initial_value, pcr_name(pcr), holds,
                {hex(claimed.view()) + " at event " + std::to_string(at),
                 "first event; the reset value, or a startup locality in PCR 0"});
    if (holds)
      value = claimed;
  }

  bool match(const report::component& event, std::uint64_t pcr, const digest& measured) {
    ++events_;
    const auto is_start = event.name == endorsement::initial_value_name;
    if (!is_start)
      content_.look_at(event, pcr, measured, book_);
    if (pcr == ima_pcr && is_all(measured, 0xff))
      book_.check(rules::tpm_violation, pcr_name(pcr), false,
                  {event.description.empty() ? event.name : event.description,
                   "no file changed while it was measured"});
    const auto* known = expected_.meet(pcr, is_start ? event_kind::initial : event_kind::extend,
                                       measured);
    const auto holds = known != nullptr || (is_start && may_start_with(pcr, measured));
    auto& shown
      = out_.events.emplace_back(seen(pcr, measured, known != nullptr ? known->component : &event));
    shown.success = holds;
    shown.launched = true;
    shown.type = holds ? "Verified" : "Measurement";
    if (holds)
      return true;
    if (++unknown_events_ <= max_listed)
      book_.check(rules::tpm_event, pcr_name(pcr), false,
                  {hex(measured.view()),
                   "a reference value of " + pcr_name(pcr),
                   {},
                   event.description.empty() ? event.name : event.description});
    return false;
  }

  // As the reference does: without a log, the reference values are the log.
  void run_summary(const report::artifact& artifact) {
    const auto* measured = artifact.events.size() == 1 ? artifact.events.front().find_hash(bank_)
                                                       : nullptr;
    if (measured == nullptr || !book_.rules().accept_pcr_summary) {
      refuse(artifact,
             measured == nullptr ? std::to_string(artifact.events.size()) + " events"
                                 : "a final value without its log",
             measured == nullptr ? "one event with a hash of the quoted bank" : "PCR Eventlog");
      return;
    }
    auto expected = reset_value(artifact.index, bank_);
    std::size_t finals = 0;
    for (const auto& each : references_) {
      const auto* value = each.component->find_hash(bank_);
      if (each.register_index != artifact.index || value == nullptr)
        continue;
      expected_.meet(artifact.index, each.kind, *value);
      if (each.component->name == summary_name && ++finals == 1)
        expected = *value;
      else if (each.kind == event_kind::initial && may_start_with(artifact.index, *value))
        expected = *value;
      else
        crypto::extend(expected, value->view());
    }
    const auto holds = finals <= 1 && *measured == expected;
    book_.check(rules::tpm_event, pcr_name(artifact.index), holds,
                {hex(measured->view()), hex(expected.view())});
    conclude(artifact.index, *measured, holds);
  }

  void conclude(std::uint64_t pcr, const digest& value, bool matched) {
    out_.pcrs.push_back(value);
    out_.pcr_match.push_back(seen(pcr, value));
    out_.pcr_match.back().success = matched;
  }

  void miss(std::size_t at) {
    const auto& [component, pcr, kind] = references_[at];
    const auto has_log = std::ranges::find(covered_, pcr) != covered_.end();
    if (expected_.was_met(at) || (component->optional && has_log))
      return;
    const auto* value = component->find_hash(bank_);
    out_.events.push_back(
      seen(pcr, value != nullptr ? std::optional{*value} : std::nullopt, component));
    out_.events.back().type = "TPM";
    if (++missed_ <= max_listed)
      book_.check(rules::tpm_reference, pcr_name(pcr), false,
                  {value == nullptr ? "no hash of the quoted bank"
                   : has_log        ? "not measured"
                                    : "the quote does not cover this PCR",
                   value != nullptr ? hex(value->view()) : std::string{name(bank_)},
                   {},
                   component->name});
  }

  std::span<const reference> references_;
  hash_algorithm bank_;
  log_references expected_;
  ledger& book_;
  content_check content_;
  std::vector<std::uint64_t> covered_;
  std::size_t events_ = 0;
  std::size_t unknown_events_ = 0;
  std::size_t missed_ = 0;
  replayed_logs out_;
};

} // namespace

replayed_logs replay_logs(std::span<const report::artifact> artifacts,
                          std::span<const reference> references, hash_algorithm bank,
                          ledger& book) {
  replay run{references, bank, book};
  for (const auto& artifact : artifacts)
    run.run(artifact);
  return std::move(run).finish();
}

} // namespace troth::appraisal
