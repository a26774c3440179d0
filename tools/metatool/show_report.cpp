#include "shared/base/hex.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/evidence/tpm/algorithm.hpp"
#include "shared/evidence/tpm/quote.hpp"
#include "tools/metatool/inspect.hpp"

namespace troth::metatool {

namespace {

using terminal::sheet;

std::string describe(const evidence::tpm::pcr_selection& what) {
  const auto bank = evidence::tpm::hash_from_id(what.hash);
  auto out = (bank ? std::string{name(*bank)} : "bank " + std::to_string(what.hash)) + ":";
  for (const auto pcr : what.pcrs())
    out += " " + std::to_string(pcr);
  return out;
}

void show_quote(sheet& out, byte_view body) {
  const auto quote = evidence::tpm::parse_quote(body);
  if (!quote) {
    out.row(4, "no quote", to_string(quote.error()));
    return;
  }
  out.row(4, "nonce", hex(quote->extra_data));
  for (const auto& each : quote->selections)
    out.row(4, "PCRs", describe(each));
  out.row(4, "digest", hex(quote->pcr_digest));
  out.row(4, "resets",
          std::to_string(quote->reset_count) + ", restarts "
            + std::to_string(quote->restart_count));
}

void show_evidence(sheet& out, const report::evidence& what) {
  out.row(2, "evidence", what.type + ", " + std::to_string(what.body.size()) + " bytes");
  if (what.type == report::tpm_evidence)
    show_quote(out, what.body);
}

void show_collateral(sheet& out, const report::collateral& what, const inspect_options& options) {
  out.row(2, "collateral", what.type);
  for (const auto& der : what.certificates) {
    const auto parsed = crypto::certificate::from_der(der);
    out.row(4, "certificate", parsed ? parsed->subject() : to_string(parsed.error()));
  }
  if (!what.key.empty())
    out.row(4, "key", std::to_string(what.key.size()) + " bytes of PEM");
  for (const auto& each : what.artifacts) {
    out.row(4, each.type,
            "register " + std::to_string(each.index) + ", " + std::to_string(each.events.size())
              + " events");
    if (options.with_events)
      show(out, std::span{each.events}, options);
  }
}

void show_item(sheet& out, const std::string& digest, const report::context& claims) {
  const auto found = claims.metadata.find(digest);
  if (found == claims.metadata.end()) {
    out.row(4, "", "left out: the verifier is to have it");
    return;
  }
  const auto message = report::parse_signed(found->second);
  const auto item = message ? report::parse_metadata(message->payload)
                            : result<report::metadata_item>{message.error()};
  out.row(4, "",
          item ? report::info_of(*item).name + ", " + report::info_of(*item).version
               : to_string(item.error()));
}

} // namespace

void show(sheet& out, const report::report& what, const inspect_options& options) {
  out.heading("Attestation report " + what.version);
  out.row(2, "from", what.name);
  out.row(2, "encoding", what.encoded_as == report::encoding::json ? "JSON" : "CBOR");
  out.row(2, "nonce", hex(what.claims.nonce));
  out.row(2, "hash", what.claims.hash_name);
  for (const auto& each : what.evidences)
    show_evidence(out, each);
  for (const auto& each : what.claims.collaterals)
    show_collateral(out, each, options);
  for (const auto& digest : what.claims.digests) {
    out.row(2, "metadata", digest);
    show_item(out, digest, what.claims);
  }
}

} // namespace troth::metatool
