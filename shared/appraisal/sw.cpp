#include "shared/appraisal/sw.hpp"

#include "shared/appraisal/containers.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/sw/statement.hpp"
#include "shared/report/metadata.hpp"

#include <algorithm>
#include <utility>

namespace troth::appraisal {

namespace {

using evidence::sw::statement;
using report::sw_evidence;

constexpr auto sw_bank = hash_algorithm::sha256;
constexpr std::uint8_t der_sequence = 0x30; // what a key in DER begins with

class sw_appraisal {
public:
  sw_appraisal(const evidence_inputs& in, ledger& book) : in_(in), book_(book) {
    out_.type = "SW Result";
  }

  report::measurement_result run() && {
    const auto first = book_.size();
    book_.check(rules::sw_accepted, sw_evidence, book_.rules().accept_software_evidence,
                {"a key in software", "a hardware trust anchor"});
    if (const auto said = authenticate_statement())
      judge(*said);
    out_.summary = book_.conclude(first);
    return std::move(out_);
  }

private:
  std::optional<crypto::authentic<statement>> authenticate_statement() {
    const auto message = report::parse_signed(in_.evidence.body);
    auto parsed = message ? evidence::sw::parse_statement(message->payload)
                          : result<statement>{message.error()};
    if (!parsed) {
      book_.fail(rules::sw_format, sw_evidence, parsed.error(), "a signed nonce");
      return std::nullopt;
    }
    book_.check(rules::sw_format, sw_evidence, true);
    const auto& carried = find_collateral(in_.context.value(), in_.evidence.type)->key;
    const auto is_der = !carried.empty() && carried.front() == der_sequence;
    const auto key = is_der ? crypto::public_key::from_der(carried)
                            : crypto::public_key::from_pem(to_text(carried));
    if (!key) {
      out_.signature.signature = book_.fail(rules::sw_key, sw_evidence, key.error(),
                                            "a public key, PEM or DER");
      return std::nullopt;
    }
    const auto& signature = message->signatures.front();
    auto authentic = message->signatures.size() == 1
                       ? crypto::authenticate(*std::move(parsed), signature.signed_bytes,
                                              signature.algorithm, signature.signature, *key)
                       : error{errc::malformed, "more than one signature"};
    if (!authentic) {
      out_.signature.signature = book_.fail(rules::sw_signature, sw_evidence, authentic.error(),
                                            "signed by the collateral's key");
      return std::nullopt;
    }
    out_.signature.signature = book_.check(rules::sw_signature, sw_evidence, true);
    out_.signature.chain.says = report::status::success; // a bare key has none; sw.accepted judges
    return *std::move(authentic);
  }

  void judge(const crypto::authentic<statement>& said) {
    const auto context = crypto::authenticate(in_.context, said->nonce, said);
    out_.freshness = book_.check(rules::sw_nonce, sw_evidence, context.has_value(),
                                 {hex(said->nonce), hex(in_.context.sum().view())});
    if (!context)
      return;
    const auto& artifacts = find_collateral(***context, in_.evidence.type)->artifacts;
    const auto fits = artifacts.size() <= 1
                      && std::ranges::all_of(artifacts, [](const auto& artifact) {
                           return artifact.type == report::artifact_sw_eventlog;
                         });
    book_.check(rules::sw_artifact, sw_evidence, fits,
                {std::to_string(artifacts.size()) + " artifacts", "one SW Eventlog at most"});
    if (fits)
      replay(artifacts.empty() ? std::span<const report::component>{}
                               : std::span<const report::component>{artifacts.front().events},
             said->log_aggregate);
  }

  void replay(std::span<const report::component> events, const std::optional<digest>& claimed) {
    reference_index index{in_.references, sw_bank};
    std::vector<bool> is_met(in_.references.size());
    digest aggregate{sw_bank};
    std::size_t unknown = 0;
    for (std::size_t at = 0; at < events.size(); ++at) {
      const auto* measured = events[at].find_hash(sw_bank);
      if (measured != nullptr)
        crypto::extend(aggregate, measured->view());
      const auto* listed = measured != nullptr ? index.meet(0, event_kind::extend, *measured)
                                               : nullptr;
      const auto known = meet_containers(events[at], is_met)
                         || (listed != nullptr && !is_container(*listed->component));
      unknown += known ? 0 : 1;
      show(events[at], at, measured, known, known ? "Verified" : "Measurement").launched = true;
    }
    book_.check(rules::sw_event, sw_evidence, unknown == 0,
                {std::to_string(unknown) + " of " + std::to_string(events.size())
                   + " events without a reference value",
                 "each event matches a reference value",
                 {},
                 std::exchange(why_not_, {})});
    for (std::size_t at = 0; at < is_met.size(); ++at)
      if (!is_container(*in_.references[at].component))
        is_met[at] = index.was_met(at);
    check_missed(is_met);
    book_.check(rules::sw_aggregate, sw_evidence, claimed && *claimed == aggregate,
                {claimed ? hex(claimed->view()) : "none", hex(aggregate.view())});
  }

  /// Marks the reference values that this container is. @returns whether there is one.
  bool meet_containers(const report::component& event, std::vector<bool>& is_met) {
    auto found = false;
    for (std::size_t at = 0; at < is_met.size(); ++at) {
      if (!is_container(*in_.references[at].component))
        continue;
      const auto* const allowed = at < in_.container_rules.size() ? in_.container_rules[at]
                                                                  : nullptr;
      const auto matched = match_container(*in_.references[at].component, allowed, event);
      if (matched)
        found = is_met[at] = true;
      else
        why_not_ = matched.error().where;
    }
    return found;
  }

  void check_missed(const std::vector<bool>& is_met) {
    std::size_t missed = 0;
    for (std::size_t at = 0; at < in_.references.size(); ++at) {
      const auto& component = *in_.references[at].component;
      if (is_met[at] || component.optional)
        continue;
      ++missed;
      show(component, at, component.find_hash(sw_bank), false, "SW");
    }
    const auto none_where_some_must_be = book_.rules().require_reference_values
                                         && in_.references.empty();
    book_.check(rules::sw_reference, sw_evidence, missed == 0 && !none_where_some_must_be,
                {none_where_some_must_be ? "none" : std::to_string(missed) + " missed",
                 "each reference value that is not optional was measured"});
  }

  report::digest_result& show(const report::component& what, std::size_t index, const digest* value,
                              bool success, std::string_view type) {
    auto& out = out_.artifacts.emplace_back();
    out.success = success;
    out.type = type;
    out.what = &what;
    out.index = index;
    if (value != nullptr)
      out.value = *value;
    return out;
  }

  const evidence_inputs& in_;
  ledger& book_;
  report::measurement_result out_;
  std::string why_not_; // the last thing that kept a container from its reference value
};

} // namespace

report::measurement_result appraise_sw(const evidence_inputs& in, ledger& book) {
  return sw_appraisal{in, book}.run();
}

} // namespace troth::appraisal
