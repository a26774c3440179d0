#include "shared/device/intel_anchor.hpp"

#include "shared/evidence/eventlog/log.hpp"
#include "shared/files/files.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace troth::device {

namespace {

constexpr std::size_t report_data_size = 64;
constexpr std::uint32_t first_rtmr = 1; // as the log counts registers
constexpr std::uint32_t last_rtmr = 4;

/// The events of each RTMR, in their order.
result<std::vector<report::artifact>> read_ccel(const std::filesystem::path& ccel) {
  namespace eventlog = evidence::eventlog;
  const auto content = files::read(ccel, eventlog::max_log);
  if (!content)
    return content.error();
  const auto log = eventlog::parse_event_log(*content, eventlog::log_kind::cc);
  if (!log)
    return log.error();
  std::map<std::uint32_t, report::artifact> by_register;
  for (const auto& event : log->events) {
    if (!event.is_measured() || event.register_index < first_rtmr
        || event.register_index > last_rtmr)
      continue;
    auto& artifact = by_register[event.register_index];
    artifact.type = report::artifact_cc_eventlog;
    artifact.index = event.register_index;
    auto& component = artifact.events.emplace_back();
    component.name = name(event.type);
    component.hashes = event.digests;
  }
  std::vector<report::artifact> out;
  for (auto& [index, artifact] : by_register)
    out.push_back(std::move(artifact));
  return out;
}

class intel_anchor final : public anchor {
public:
  intel_anchor(intel_tee tee, std::unique_ptr<intel_source> source, std::filesystem::path ccel,
               endorsements are)
    : is_sgx_(tee == intel_tee::sgx), source_(std::move(source)), ccel_(std::move(ccel)),
      endorsements_(are) {
    // nop
  }

  result<report::collateral> collateral() override {
    report::collateral out;
    out.type = type();
    if (!ccel_.empty()) {
      auto logs = read_ccel(ccel_);
      if (!logs)
        return logs.error();
      out.artifacts = *std::move(logs);
    }
    if (endorsements_ == endorsements::left_out)
      return out;
    auto said = source_->collateral();
    if (!said)
      return said.error();
    report::component event;
    event.intel.emplace() = *std::move(said);
    out.artifacts.push_back(
      {std::string{is_sgx_ ? report::artifact_sgx_collateral : report::artifact_tdx_collateral},
       0,
       {event}});
    return out;
  }

  result<report::evidence> evidence(byte_view nonce) override {
    if (nonce.empty() || nonce.size() > report_data_size)
      return error{errc::malformed,
                   "nonce: expected 1 to 64 bytes, got " + std::to_string(nonce.size())};
    bytes report_data(report_data_size);
    std::ranges::copy(nonce, report_data.begin());
    auto quote = source_->quote(report_data);
    if (!quote)
      return quote.error();
    report::evidence out;
    out.type = type();
    out.body = *std::move(quote);
    return out;
  }

  result<void> check() override {
    const auto had = source_->quote(bytes(report_data_size));
    return had ? result<void>{} : had.error();
  }

  result<std::optional<certification_request>> wanted_certification(renewal) override {
    return std::optional<certification_request>{};
  }

  result<void> certify(const certification&) override {
    return error{errc::conflict, type() + ": no certificate was asked for"};
  }

private:
  std::string type() const {
    return std::string{is_sgx_ ? report::sgx_evidence : report::tdx_evidence};
  }

  bool is_sgx_;
  std::unique_ptr<intel_source> source_;
  std::filesystem::path ccel_;
  endorsements endorsements_;
};

} // namespace

std::unique_ptr<anchor> make_intel_anchor(intel_tee tee, std::unique_ptr<intel_source> source,
                                          std::filesystem::path ccel, endorsements are) {
  return std::make_unique<intel_anchor>(tee, std::move(source), std::move(ccel), are);
}

} // namespace troth::device
