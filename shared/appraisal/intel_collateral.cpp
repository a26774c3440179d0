#include "shared/appraisal/grace.hpp"
#include "shared/appraisal/intel_platform.hpp"
#include "shared/appraisal/intel_rules.hpp"
#include "shared/base/hex.hpp"
#include "shared/crypto/revocation_list.hpp"
#include "shared/endorsement/intel_chain.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace troth::appraisal {

namespace {

using namespace endorsement::intel;

std::string text(const statement_head& head) {
  return format_time(head.issue_date) + " to " + format_time(head.next_update);
}

/// The rules for one signed statement, so that both are judged alike.
struct statement_rules {
  const rule& format;
  const rule& chain;
  const rule& signature;
  const rule& id;
  const rule& validity;
};

constexpr statement_rules tcb_rules{rules::intel_tcb_info, rules::intel_tcb_chain,
                                    rules::intel_tcb_signature, rules::intel_tcb_id,
                                    rules::intel_tcb_validity};
constexpr statement_rules qe_rules{rules::intel_qe_identity, rules::intel_qe_chain,
                                   rules::intel_qe_signature, rules::intel_qe_id,
                                   rules::intel_qe_validity};

class collateral_check {
public:
  collateral_check(const evidence_inputs& in, const intel_signer& signer, bool is_tdx,
                   time_point now, ledger& book)
    : in_(in), signer_(signer), is_tdx_(is_tdx), now_(now), book_(book) {
    // nop
  }

  std::optional<intel_statements> run() {
    const auto* carried = find();
    const auto came = carried != nullptr;
    if (!came && count_ == 0 && in_.statements != nullptr) {
      held_ = in_.statements->of_platform(is_tdx_, signer_.pck);
      carried = held_ ? &*held_ : nullptr;
    }
    book_.check(rules::intel_collateral, subject(), carried != nullptr,
                {came                 ? "one"
                 : carried != nullptr ? "the verifier's own"
                                      : std::to_string(count_),
                 "Intel's collateral for this quote"});
    if (carried == nullptr)
      return std::nullopt;
    const auto key = key_of(*carried);
    known_ = in_.known != nullptr ? in_.known->find<proven_statements>(key) : nullptr;
    auto info = known_ ? repeat(known_->tcb_info, tcb_rules)
                       : read<tcb_info>(to_text(carried->tcb_info), "tcbInfo",
                                        {&carried->tcb_info_intermediate_certificate,
                                         &carried->tcb_info_root_certificate},
                                        parse_tcb_info, tcb_rules);
    if (info)
      check_head(*info, is_tdx_ ? "TDX" : "SGX", "tcbInfo", tcb_rules);
    auto identity = known_
                      ? repeat(known_->identity, qe_rules)
                      : read<enclave_identity>(to_text(carried->qe_identity), "enclaveIdentity",
                                               {&carried->qe_identity_intermediate_certificate,
                                                &carried->qe_identity_root_certificate},
                                               parse_enclave_identity, qe_rules);
    if (identity)
      check_head(*identity, is_tdx_ ? "TD_QE" : "QE", "enclaveIdentity", qe_rules);
    const auto lists = check_lists(*carried);
    if (!info || !identity)
      return std::nullopt;
    if (!known_ && lists && in_.known != nullptr)
      in_.known->note(key, proven_statements{*info, *identity, below_root_, lists->first,
                                             lists->second, valid_});
    check_platform(*info);
    check_age(*info, *identity);
    return intel_statements{*std::move(info), *std::move(identity)};
  }

private:
  using certificate_pair = std::array<const bytes*, 2>;

  std::string_view subject() const { return in_.evidence.type; }

  /// The one that came along; two are none.
  const report::intel_collateral* find() {
    const auto wanted = is_tdx_ ? report::artifact_tdx_collateral : report::artifact_sgx_collateral;
    const auto* beside = find_collateral(in_.context.value(), in_.evidence.type);
    const report::intel_collateral* out = nullptr;
    for (const auto& artifact : beside->artifacts)
      if (artifact.type == wanted)
        for (const auto& event : artifact.events)
          if (event.intel) {
            out = &*event.intel;
            ++count_;
          }
    return count_ == 1 ? out : nullptr;
  }

  /// Of all that a proof rests on, but for the time.
  digest key_of(const report::intel_collateral& of) const {
    const auto& path = signer_.path;
    const std::vector<byte_view> parts{path[1].sha256().view(),
                                       path[2].sha256().view(),
                                       of.tcb_info,
                                       of.qe_identity,
                                       of.root_ca_crl,
                                       of.pck_crl,
                                       of.tcb_info_intermediate_certificate,
                                       of.tcb_info_root_certificate,
                                       of.qe_identity_intermediate_certificate,
                                       of.qe_identity_root_certificate};
    return silicon_key("statements", signer_.roots, {}, parts);
  }

  /// Writes down what was proved before.
  template <class T>
  std::optional<T> repeat(const T& known, const statement_rules& use) {
    for (const auto* each : {&use.chain, &use.signature, &use.format})
      book_.check(*each, subject(), true);
    return known;
  }

  void check_head(const statement_head& of, std::string_view id, std::string_view name,
                  const statement_rules& use) {
    book_.check(use.id, subject(), of.id == id, {of.id, std::string{id}});
    const auto at = judged_at(of.next_update, now_, subject(), name, book_);
    book_.check(use.validity, subject(), of.is_current(at),
                {text(of), format_time(now_) + " within it"});
  }

  /// Reads a statement if a chain to Intel's root signed it.
  template <class T>
  std::optional<T> read(const std::string& text_of, std::string_view name,
                        const certificate_pair& carried, result<T> (*parse)(std::string_view),
                        const statement_rules& use) {
    const auto split = parse_signed_statement(text_of, name);
    if (!split) {
      book_.fail(use.format, subject(), split.error(), std::string{name} + " and its signature");
      return std::nullopt;
    }
    const auto signing = check_chain(carried, use.chain);
    if (!signing)
      return std::nullopt;
    if (const auto verified = verify_statement(*split, *signing); !verified) {
      book_.fail(use.signature, subject(), verified.error(), "signed by Intel's TCB signer");
      return std::nullopt;
    }
    book_.check(use.signature, subject(), true);
    auto parsed = parse(split->body);
    if (!parsed) {
      book_.fail(use.format, subject(), parsed.error(), std::string{name});
      return std::nullopt;
    }
    book_.check(use.format, subject(), true);
    return *std::move(parsed);
  }

  std::optional<crypto::certificate> check_chain(const certificate_pair& carried, const rule& use) {
    std::vector<crypto::certificate> chain;
    for (const auto* der : carried) {
      auto read = crypto::certificate::from_der(*der);
      if (!read) {
        book_.fail(use, subject(), read.error(), "Intel's TCB signer and root");
        return std::nullopt;
      }
      chain.push_back(*std::move(read));
    }
    const auto path = verify_signing_chain(chain, signer_.roots, now_);
    if (!path) {
      book_.fail(use, subject(), path.error(), "a chain to a root of Intel");
      return std::nullopt;
    }
    book_.check(use, subject(), true);
    below_root_.push_back(path->front());
    valid_.narrow(*path);
    return path->front();
  }

  /// @returns root's and CA's, if both hold.
  std::optional<std::pair<crypto::revocation_list, crypto::revocation_list>>
  check_lists(const report::intel_collateral& carried) {
    using crypto::revocation_list;
    if (known_)
      below_root_ = known_->below_root;
    else
      below_root_.push_back(signer_.path[1]);
    auto root_list = known_ ? known_->root_list : revocation_list::from_der(carried.root_ca_crl);
    auto pck_list = known_ ? known_->pck_list : revocation_list::from_der(carried.pck_crl);
    const auto is_good = check_list(rules::intel_root_crl, root_list, below_root_, signer_.path[2]);
    if (!check_list(rules::intel_pck_crl, pck_list, std::span{signer_.path}.first(1),
                    signer_.path[1])
        || !is_good)
      return std::nullopt;
    return std::pair{*std::move(root_list), *std::move(pck_list)};
  }

  bool check_list(const rule& use, const result<crypto::revocation_list>& list,
                  std::span<const crypto::certificate> listed, const crypto::certificate& issuer) {
    const auto until = list ? list->next_update() : std::nullopt;
    const auto at = until ? judged_at(*until, now_, subject(), list->issuer(), book_) : now_;
    const auto is_proven = known_ && until && list->this_update() <= at && at < *until;
    const auto checked = !list       ? result<void>{list.error()}
                         : is_proven ? check_not_listed(listed, *list)
                                     : check_revocation(listed, *list, issuer, at);
    if (checked)
      book_.check(use, subject(), true);
    else
      book_.fail(use, subject(), checked.error(),
                 "a list of \"" + issuer.subject() + "\" that does not name the chain");
    return checked.has_value();
  }

  void check_platform(const tcb_info& info) {
    book_.check(rules::intel_fmspc, subject(), info.fmspc == signer_.pck.fmspc,
                {hex(info.fmspc), hex(signer_.pck.fmspc)});
    book_.check(rules::intel_pce_id, subject(), info.pce_id == signer_.pck.pce_id,
                {hex(info.pce_id), hex(signer_.pck.pce_id)});
  }

  void check_age(const tcb_info& info, const enclave_identity& identity) {
    const auto least = book_.rules().intel.minimum_evaluation_number;
    const auto got = std::min(info.evaluation_number, identity.evaluation_number);
    book_.check(rules::intel_evaluation, subject(), got >= least,
                {std::to_string(got), "at least " + std::to_string(least)});
  }

  const evidence_inputs& in_;
  const intel_signer& signer_;
  bool is_tdx_;
  time_point now_;
  ledger& book_;
  std::size_t count_ = 0; // of collaterals that came along
  std::optional<report::intel_collateral> held_;
  std::shared_ptr<const proven_statements> known_; // by an earlier appraisal
  window valid_;                                   // of certificates
  std::vector<crypto::certificate> below_root_;    // what the root's list may name
};

} // namespace

std::optional<intel_statements> check_intel_collateral(const evidence_inputs& in,
                                                       const intel_signer& signer, bool is_tdx,
                                                       time_point now, ledger& book) {
  return collateral_check{in, signer, is_tdx, now, book}.run();
}

} // namespace troth::appraisal
