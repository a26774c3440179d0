#include "shared/device/snp_anchor.hpp"

#include "shared/crypto/certificate_file.hpp"
#include "shared/evidence/snp/certificate_table.hpp"
#include "shared/evidence/snp/report.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troth::device {

namespace {

using evidence::snp::certificate_table;

constexpr std::size_t snp_report_data_size = 64;

class snp_anchor final : public anchor {
public:
  snp_anchor(std::unique_ptr<snp_source> source, std::vector<crypto::certificate> certificates,
             snp_endorser endorser, endorsements are)
    : source_(std::move(source)), endorser_(std::move(endorser)), endorsements_(are) {
    for (const auto& one : certificates)
      configured_.push_back(one.der());
  }

  /// The host's certificates are asked for with the report; so one is asked for that is not used.
  result<report::collateral> collateral() override {
    report::collateral out;
    out.type = report::snp_evidence;
    if (endorsements_ == endorsements::left_out)
      return out;
    out.certificates = configured_;
    if (!configured_.empty())
      return out;
    const auto answer = source_->ask(bytes(snp_report_data_size));
    if (!answer)
      return answer.error();
    auto chain = chain_of(*answer);
    if (!chain)
      return chain.error();
    out.certificates = *std::move(chain);
    return out;
  }

  result<report::evidence> evidence(byte_view nonce) override {
    if (nonce.empty() || nonce.size() > snp_report_data_size)
      return error{errc::malformed,
                   "nonce: expected 1 to 64 bytes, got " + std::to_string(nonce.size())};
    bytes report_data(snp_report_data_size);
    std::ranges::copy(nonce, report_data.begin());
    auto answer = source_->ask(report_data);
    if (!answer)
      return answer.error();
    report::evidence out;
    out.type = report::snp_evidence;
    out.body = std::move(answer->report);
    return out;
  }

  result<void> check() override {
    if (endorsements_ == endorsements::left_out) {
      const auto answer = source_->ask(bytes(snp_report_data_size));
      return answer ? result<void>{} : answer.error();
    }
    const auto had = collateral();
    return had ? result<void>{} : had.error();
  }

  result<std::optional<certification_request>> wanted_certification(renewal) override {
    return std::optional<certification_request>{};
  }

  result<void> certify(const certification&) override {
    return error{errc::conflict, "snp: no certificate was asked for"};
  }

private:
  /// The certificates of the key that signed: the leaf first.
  result<std::vector<bytes>> chain_of(const snp_answer& answer) const {
    const auto report = evidence::snp::parse_report(answer.report);
    if (!report)
      return report.error();
    const auto table = answer.certificates.empty()
                         ? result<certificate_table>{certificate_table{}}
                         : evidence::snp::parse_certificate_table(answer.certificates);
    if (!table)
      return table.error();
    const auto& leaf = report->is_signed_by(evidence::snp::signing_key::vlek) ? table->vlek
                                                                              : table->vcek;
    if (!leaf && endorser_)
      return endorser_(*report);
    if (!leaf)
      return error{errc::no_endorsement, "snp: the host gave no certificate of the signing key"};
    std::vector<bytes> out;
    for (const auto* each : {&leaf, &table->ask, &table->ark}) {
      if (!*each)
        continue;
      const auto read = crypto::read_certificate_file(**each);
      if (!read)
        return read.error();
      out.push_back(read->der());
    }
    return out;
  }

  std::unique_ptr<snp_source> source_;
  std::vector<bytes> configured_;
  snp_endorser endorser_;
  endorsements endorsements_;
};

} // namespace

std::unique_ptr<anchor> make_snp_anchor(std::unique_ptr<snp_source> source,
                                        std::vector<crypto::certificate> certificates,
                                        snp_endorser endorser, endorsements are) {
  return std::make_unique<snp_anchor>(std::move(source), std::move(certificates),
                                      std::move(endorser), are);
}

} // namespace troth::device
