#include "shared/device/azure_anchor.hpp"

#include "shared/evidence/snp/report.hpp"
#include "shared/report/azure_evidence.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace troth::device {

namespace {

namespace azure = evidence::azure;

/// An HCL report and what is in it. @note The views are into `whole`.
struct hardware_statement {
  bytes whole;
  azure::hcl_report parts;
  azure::hardware by;

  std::string type() const {
    return std::string{by == azure::hardware::snp ? report::azure_snp_evidence
                                                  : report::azure_tdx_evidence};
  }
};

class azure_anchor final : public anchor {
public:
  azure_anchor(std::unique_ptr<paravisor> at, azure_endorsements vouched_by, endorsements are)
    : at_(std::move(at)), vouched_by_(std::move(vouched_by)), endorsements_(are) {
    // nop
  }

  result<report::collateral> collateral() override {
    const auto said = ask(bytes(azure_user_data_size));
    if (!said)
      return said.error();
    report::collateral out;
    out.type = said->type();
    if (endorsements_ == endorsements::left_out)
      return out;
    const auto added = said->by == azure::hardware::snp ? add_chain(*said, out) : add_intel(out);
    return added ? result<report::collateral>{std::move(out)} : added.error();
  }

  result<report::evidence> evidence(byte_view nonce) override {
    if (nonce.empty() || nonce.size() > azure_user_data_size)
      return error{errc::malformed,
                   "nonce: expected 1 to 64 bytes, got " + std::to_string(nonce.size())};
    bytes user_data(azure_user_data_size);
    std::ranges::copy(nonce, user_data.begin());
    const auto said = ask(user_data);
    if (!said)
      return said.error();
    report::evidence out;
    out.type = said->type();
    out.additional = copy(said->parts.runtime_data);
    out.body = copy(said->parts.hardware_report);
    if (said->by == azure::hardware::snp)
      return out;
    auto quote = at_->td_quote(said->parts.hardware_report.first(td_report_structure_size));
    if (!quote)
      return quote.error();
    out.body = *std::move(quote);
    return out;
  }

  result<void> check() override {
    const auto had = collateral();
    return had ? result<void>{} : had.error();
  }

  result<std::optional<certification_request>> wanted_certification(renewal) override {
    return std::optional<certification_request>{};
  }

  result<void> certify(const certification&) override {
    return error{errc::conflict, "azure: no certificate was asked for"};
  }

private:
  result<hardware_statement> ask(byte_view user_data) {
    auto whole = at_->report(user_data);
    if (!whole)
      return whole.error();
    hardware_statement out{*std::move(whole), {}, {}};
    const auto parts = azure::parse_hcl_report(out.whole);
    if (!parts)
      return parts.error();
    const auto claims = azure::parse_runtime_data(parts->runtime_data);
    if (!claims)
      return claims.error();
    out.parts = *parts;
    out.by = claims->on;
    return out;
  }

  result<void> add_chain(const hardware_statement& said, report::collateral& to) const {
    if (vouched_by_.snp.empty() && !vouched_by_.endorser)
      return error{errc::no_endorsement, "azure: nobody gives a certificate of the signing key"};
    for (const auto& one : vouched_by_.snp)
      to.certificates.push_back(one.der());
    if (!to.certificates.empty())
      return {};
    const auto report = evidence::snp::parse_report(said.parts.hardware_report);
    if (!report)
      return report.error();
    auto chain = vouched_by_.endorser(*report);
    if (!chain)
      return chain.error();
    to.certificates = *std::move(chain);
    return {};
  }

  result<void> add_intel(report::collateral& to) const {
    if (!vouched_by_.intel)
      return error{errc::no_endorsement, "azure: nobody gives what Intel says of the platform"};
    auto said = vouched_by_.intel();
    if (!said)
      return said.error();
    report::component event;
    event.intel.emplace() = *std::move(said);
    to.artifacts.push_back({std::string{report::artifact_tdx_collateral}, 0, {event}});
    return {};
  }

  std::unique_ptr<paravisor> at_;
  azure_endorsements vouched_by_;
  endorsements endorsements_;
};

} // namespace

std::unique_ptr<anchor> make_azure_anchor(std::unique_ptr<paravisor> at,
                                          azure_endorsements vouched_by, endorsements are) {
  return std::make_unique<azure_anchor>(std::move(at), std::move(vouched_by), are);
}

} // namespace troth::device
