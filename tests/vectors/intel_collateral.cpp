#include "shared/base/hex.hpp"
#include "shared/crypto/revocation_list.hpp"
#include "shared/endorsement/intel_chain.hpp"
#include "shared/endorsement/intel_tcb.hpp"
#include "tests/vectors/intel.hpp"

#include <algorithm>
#include <array>

namespace troth::testing {

namespace {

using namespace endorsement::intel;

/// A signed JSON file and the certificates that came with it.
struct statement_file {
  std::optional<signed_statement> statement;
  std::vector<crypto::certificate> chain;

  bool is_signed() const {
    return statement && !chain.empty() && verify_statement(*statement, chain.front());
  }
  bool has_chain() const {
    return chain.size() == 2 && chain[0].verify_signature(chain[1].key())
           && chain[1].verify_signature(chain[1].key());
  }
};

statement_file read_statement(const vector_case& given, const std::string& key, const char* name) {
  statement_file out;
  if (const auto* file = given.file(key))
    if (auto parsed = parse_signed_statement(to_text(*file), name))
      out.statement = *std::move(parsed);
  out.chain = read_certificates(given.file(key + "_issuer_chain"));
  return out;
}

std::optional<crypto::revocation_list> read_list(const vector_case& given, const char* key) {
  const auto* file = given.file(key);
  if (file == nullptr)
    return std::nullopt;
  auto read = crypto::revocation_list::from_der(*file);
  return read ? std::optional{*std::move(read)} : std::nullopt;
}

/// What an entry has beside the quote, read.
struct collateral_parts {
  statement_file tcb;
  statement_file qe;
  std::optional<crypto::revocation_list> root_list;
  std::optional<crypto::revocation_list> pck_list;
  std::optional<tcb_info_head> tcb_head;
  std::optional<tcb_info> info;
  std::optional<enclave_identity> identity;

  explicit collateral_parts(const vector_case& given)
    : tcb(read_statement(given, "tcb_info", "tcbInfo")),
      qe(read_statement(given, "qe_identity", "enclaveIdentity")),
      root_list(read_list(given, "root_ca_crl")), pck_list(read_list(given, "pck_crl")) {
    if (tcb.statement) {
      if (auto head = parse_tcb_info_head(tcb.statement->body))
        tcb_head = *std::move(head);
      if (auto parsed = parse_tcb_info(tcb.statement->body))
        info = *std::move(parsed);
    }
    if (qe.statement)
      if (auto parsed = parse_enclave_identity(qe.statement->body))
        identity = *std::move(parsed);
  }
};

/// Whether a list is signed by `issuer`, whatever the time.
bool is_list_of(const std::optional<crypto::revocation_list>& list,
                const crypto::certificate& issuer) {
  return list && list->verify(issuer, list->this_update());
}

bool names_any(const std::optional<crypto::revocation_list>& list,
               std::span<const crypto::certificate> certificates) {
  return list
         && std::ranges::any_of(certificates, [&](const auto& one) { return list->names(one); });
}

void add_signatures(const collateral_parts& of, const intel_platform& platform, json& facts) {
  facts["tcb_info_signature"] = of.tcb.is_signed();
  facts["qe_identity_signature"] = of.qe.is_signed();
  facts["tcb_signing_cert_chain"] = of.tcb.has_chain();
  facts["qe_signing_cert_chain"] = of.qe.has_chain();
  facts["root_crl_signature"] = is_list_of(of.root_list, platform.chain[2]);
  facts["pck_crl_signature"] = is_list_of(of.pck_list, platform.chain[1]);
  facts["intermediates_revoked"]
    = names_any(of.root_list, std::span{platform.chain}.subspan(1, 1))
      || names_any(of.root_list, std::span{of.tcb.chain}.first(of.tcb.chain.empty() ? 0 : 1))
      || names_any(of.root_list, std::span{of.qe.chain}.first(of.qe.chain.empty() ? 0 : 1));
  facts["pck_revoked"] = names_any(of.pck_list, std::span{platform.chain}.first(1));
  if (of.pck_list)
    facts["pck_crl_revoked_count"] = of.pck_list->count();
}

/// The instants at which everything is valid.
void add_window(const collateral_parts& of, const intel_platform& platform, json& facts) {
  if (!of.tcb_head || !of.identity || !of.root_list || !of.pck_list || !of.root_list->next_update()
      || !of.pck_list->next_update())
    return;
  auto from = std::max({of.tcb_head->issue_date, of.identity->issue_date,
                        of.root_list->this_update(), of.pck_list->this_update()});
  auto until = std::min({of.tcb_head->next_update, of.identity->next_update,
                         *of.root_list->next_update(), *of.pck_list->next_update()});
  for (const auto* chain : {&platform.chain, &of.tcb.chain, &of.qe.chain})
    for (const auto& one : *chain) {
      from = std::max(from, one.not_before());
      until = std::min(until, one.not_after());
    }
  facts["collateral_valid_from"] = format_time(from);
  facts["collateral_valid_until"] = format_time(until);
  facts["window_non_empty"] = from <= until;
}

void add_heads(const collateral_parts& of, const intel_platform& platform, json& facts) {
  facts["fmspc"] = hex(platform.pck->fmspc);
  facts["fmspc_matches"] = of.tcb_head && of.tcb_head->fmspc == platform.pck->fmspc;
  facts["pceid_matches"] = of.tcb_head && of.tcb_head->pce_id == platform.pck->pce_id;
  if (of.tcb_head)
    facts["tcb_eval_data_number"] = of.tcb_head->evaluation_number;
  if (of.identity)
    facts["qe_eval_data_number"] = of.identity->evaluation_number;
}

/// Which TEE the collateral is for, and whether each part is for that of the quote.
bool is_for(const collateral_parts& of, bool is_tdx) {
  return of.tcb_head && of.tcb_head->id == (is_tdx ? "TDX" : "SGX") && of.identity
         && of.identity->id == (is_tdx ? "TD_QE" : "QE");
}

bool collateral_holds(const vector_case& given, const collateral_parts& of,
                      const intel_platform& platform, bool is_tdx) {
  if (!given.time || !platform.anchor || !of.root_list || !of.pck_list || !is_for(of, is_tdx))
    return false;
  const std::vector roots{*platform.anchor};
  const auto tcb_path = verify_signing_chain(of.tcb.chain, roots, *given.time);
  const auto qe_path = verify_signing_chain(of.qe.chain, roots, *given.time);
  const auto pck_path = verify_pck_chain(platform.chain, roots, *given.time);
  if (!tcb_path || !qe_path || !pck_path)
    return false;
  const std::array below_root{(*pck_path)[1], tcb_path->front(), qe_path->front()};
  return of.tcb.is_signed() && of.qe.is_signed() && of.tcb_head->is_current(*given.time)
         && of.identity->is_current(*given.time) && of.tcb_head->fmspc == platform.pck->fmspc
         && of.tcb_head->pce_id == platform.pck->pce_id
         && check_revocation(below_root, *of.root_list, *platform.anchor, *given.time)
         && check_revocation(std::span{*pck_path}.first(1), *of.pck_list, (*pck_path)[1],
                             *given.time);
}

void add_module(const intel_quote& quote, const tcb_evaluation& of, json& facts) {
  facts["tdx_module_identity"] = module_id(quote.td->tee_tcb_svn);
  if (of.module == nullptr)
    return;
  facts["tdx_module_mrsigner_matches"] = quote.td->mr_signer_seam == of.module->mr_signer;
  facts["tdx_module_attributes_match"] = (quote.td->seam_attributes & of.module->attributes_mask)
                                         == of.module->attributes;
  if (of.module_level == nullptr)
    return;
  facts["tdx_module_tcb_status"] = name(of.module_level->rating.status);
  facts["tdx_module_advisories"] = of.module_level->rating.advisories;
}

/// Rates the TCB. @returns whether all that is rated is what Intel says it must be.
bool add_evaluation(const collateral_parts& of, const intel_quote& quote,
                    const intel_platform& platform, json& facts) {
  const auto& qe = quote.signed_by.qe_report;
  const auto rated = evaluate({*of.info, *of.identity, platform.pck->tcb, qe.isv_svn, quote.td});
  const auto* level = rated.platform;
  facts["platform_tcb_status"] = level != nullptr ? name(level->rating.status) : "NOT_FOUND";
  facts["platform_advisories"] = level != nullptr ? level->rating.advisories
                                                  : std::vector<std::string>{};
  if (level != nullptr)
    facts["platform_tcb_date"] = format_time(level->rating.date);
  facts["qe_identity_fields_match"] = is_of_identity(qe, *of.identity);
  if (rated.qe != nullptr)
    facts["qe_tcb_status"] = name(rated.qe->rating.status);
  facts["converged_tcb_status"] = rated.converged ? name(*rated.converged) : "NOT_FOUND";
  if (quote.td != nullptr)
    add_module(quote, rated, facts);
  return rated.converged && *rated.converged != tcb_status::revoked
         && is_of_identity(qe, *of.identity)
         && (quote.td == nullptr
             || (facts["tdx_module_mrsigner_matches"] == true
                 && facts["tdx_module_attributes_match"] == true));
}

} // namespace

void judge_collateral(const vector_case& given, const intel_quote& quote,
                      const intel_platform& platform, outcome& out) {
  if (given.file("tcb_info") == nullptr || !platform.is_whole())
    return;
  const collateral_parts parts{given};
  auto& facts = out.facts["collateral"];
  add_signatures(parts, platform, facts);
  add_window(parts, platform, facts);
  add_heads(parts, platform, facts);
  out.verdict["collateral"] = collateral_holds(given, parts, platform, quote.td != nullptr);
  const bool is_good = parts.info && parts.identity && is_for(parts, quote.td != nullptr)
                       && add_evaluation(parts, quote, platform, facts);
  if (facts.contains("converged_tcb_status"))
    out.verdict["tcb_status"] = facts["converged_tcb_status"];
  if (!is_good)
    out.verdict["refused"] = true;
}

} // namespace troth::testing
