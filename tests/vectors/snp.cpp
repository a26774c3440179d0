#include "shared/base/hex.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/endorsement/snp_chain.hpp"
#include "shared/endorsement/snp_vek.hpp"
#include "shared/evidence/snp/certificate_table.hpp"
#include "tests/vectors/kinds.hpp"
#include "tests/vectors/snp_facts.hpp"
#include "tests/vectors/tpm_facts.hpp"

#include <algorithm>

namespace troth::testing {

namespace {

using namespace endorsement;
using evidence::snp::attestation_report;
using evidence::snp::certificate_table;

/// What an entry has, read.
struct parts {
  std::optional<attestation_report> report;
  std::optional<crypto::certificate> vek;
  std::optional<vek_extensions> extensions;
  std::optional<crypto::certificate> ask;  ///< As named in the entry.
  std::optional<crypto::certificate> asvk; ///< Likewise.
  std::optional<crypto::certificate> ark;
  std::optional<crypto::certificate> anchor;

  /// The one that must have issued the VEK.
  const std::optional<crypto::certificate>& issuer() const {
    return asvk && (!ask || (extensions && extensions->csp_id)) ? asvk : ask;
  }
};

/// Returns the file of the first key there is, else what the host's table of certificates holds.
std::optional<crypto::certificate> find_certificate(const vector_case& given,
                                                    std::initializer_list<const char*> keys,
                                                    const std::optional<bytes>& carried) {
  for (const auto* key : keys)
    if (const auto* file = given.file(key))
      return read_certificate(*file);
  return carried ? read_certificate(*carried) : std::nullopt;
}

parts read(const vector_case& given) {
  parts out;
  certificate_table table;
  if (const auto* blob = given.file("auxblob.bin"))
    if (auto parsed = evidence::snp::parse_certificate_table(*blob))
      table = *std::move(parsed);
  out.vek = find_certificate(given, {"vcek", "vlek"}, table.vcek ? table.vcek : table.vlek);
  if (out.vek)
    if (auto extensions = read_vek_extensions(*out.vek))
      out.extensions = *std::move(extensions);
  out.ask = find_certificate(given, {"ask"}, table.ask);
  out.asvk = find_certificate(given, {"asvk"}, std::nullopt);
  out.ark = find_certificate(given, {"ark"}, table.ark);
  if (given.anchor)
    out.anchor = read_certificate(*given.anchor);
  if (!out.ark)
    out.ark = out.anchor;
  return out;
}

bool is_issued_by(const std::optional<crypto::certificate>& one,
                  const std::optional<crypto::certificate>& by) {
  return one && by && one->verify_signature(by->key()).has_value();
}

void add_signature_checks(const parts& of, json& checks) {
  if (of.vek)
    checks["vek_signed_by_ask"] = is_issued_by(of.vek, of.issuer());
  if (of.ask || of.asvk)
    checks["ask_signed_by_ark"] = is_issued_by(of.ask ? of.ask : of.asvk, of.ark);
  if (of.asvk)
    checks["asvk_signed_by_ark"] = is_issued_by(of.asvk, of.ark);
  if (of.ark)
    checks["ark_self_signed"] = is_issued_by(of.ark, of.ark);
}

/// Whether the path ends in the anchor; without a time, whether its signatures hold.
bool chain_holds(const vector_case& given, const parts& of) {
  std::vector<crypto::certificate> intermediates;
  for (const auto& one : {of.ask, of.asvk})
    if (one)
      intermediates.push_back(*one);
  if (!given.time)
    return is_issued_by(of.vek, of.issuer()) && is_issued_by(of.issuer(), of.anchor);
  return verify_vek_chain(*of.vek, intermediates, std::vector{*of.anchor}, *given.time).has_value();
}

/// The ASK and the ASVK of an entry without a report.
bool authorities_hold(const vector_case& given, const parts& of) {
  const auto holds = [&](const crypto::certificate& one) {
    return given.time
             ? crypto::verify_chain(one, {}, std::vector{*of.anchor}, {*given.time, ""}).has_value()
             : is_issued_by(one, of.anchor);
  };
  return (!of.ask || holds(*of.ask)) && (!of.asvk || holds(*of.asvk))
         && (!of.ark || is_issued_by(of.ark, of.ark));
}

std::optional<evidence::snp::product_line> line_of(const parts& of) {
  if (of.ark)
    if (const auto line = product_of_root(*of.ark))
      return line;
  if (of.report && of.report->processor)
    return evidence::snp::product_of(of.report->processor->family, of.report->processor->model);
  return std::nullopt;
}

void judge_key(const vector_case& given, const parts& of, outcome& out) {
  auto& checks = out.facts["checks"];
  const auto line = line_of(of);
  if (line)
    out.facts["reported_tcb_components"]
      = tcb_facts(evidence::snp::parts_of(of.report->reported_tcb, *line));
  if (!of.vek)
    return;
  out.facts["vek"] = certificate_facts(*of.vek);
  out.facts["vek_serial_is_zero"] = of.vek->serial() == "0";
  const bool is_signed = authenticate_report(*of.report, of.vek->key()).has_value();
  checks["report_signature"] = is_signed;
  out.verdict["signature"] = is_signed;
  bool agrees = false;
  if (of.extensions) {
    out.facts["vek_extensions"] = extension_facts(*of.extensions);
    const bool of_tcb = line && is_of_tcb(*of.extensions, *of.report, *line);
    const bool is_vlek = of.extensions->csp_id.has_value();
    checks["reported_tcb_matches_vek"] = of_tcb;
    if (!is_vlek)
      checks["chip_id_matches_vek"] = is_of_chip(*of.extensions, *of.report);
    agrees = of_tcb && (is_vlek || is_of_chip(*of.extensions, *of.report))
             && of.report->is_signed_by(of.extensions->kind());
  }
  if (of.anchor && of.issuer()) // else it cannot be said
    out.verdict["chain"] = agrees && chain_holds(given, of);
}

/// What an Azure guest's paravisor says, which the report stands for.
void judge_claims(const vector_case& given, const parts& of, outcome& out) {
  const auto* claims = given.file("runtime_claims.json");
  if (claims == nullptr)
    return;
  const auto sum = crypto::hash(hash_algorithm::sha256, *claims);
  const bool is_bound = std::ranges::equal(sum.view(), byte_view{of.report->report_data}.first(32));
  out.facts["runtime_claims_sha256"] = hex(sum.view());
  out.facts["runtime_claims_bound"] = is_bound;
  out.verdict["measurements"] = is_bound;
}

void conclude(const vector_case& given, outcome& out) {
  const auto failed = [&](const char* field) { return out.verdict.value(field, json{}) == false; };
  out.verdict["refused"] = !given.time || failed("signature") || failed("chain")
                           || failed("measurements");
}

} // namespace

outcome judge_snp(const vector_case& given) {
  auto of = read(given);
  outcome out;
  for (const auto& [key, content] : given.files)
    if (const auto parsed = read_certificate(content))
      out.facts["certificates"][key] = certificate_facts(*parsed);
  add_signature_checks(of, out.facts["checks"]);
  if (of.ark)
    if (const auto line = product_of_root(*of.ark))
      out.facts["product"] = product_fact(*line);
  const auto* report = given.file("report");
  if (report == nullptr) {
    if (of.anchor)
      out.verdict["chain"] = authorities_hold(given, of);
    conclude(given, out);
    return out;
  }
  auto parsed = evidence::snp::parse_report(*report);
  if (!parsed)
    return {{}, {{"refused", true}}};
  of.report = *std::move(parsed);
  out.facts["report"] = report_facts(*of.report);
  judge_key(given, of, out);
  judge_claims(given, of, out);
  conclude(given, out);
  return out;
}

} // namespace troth::testing
