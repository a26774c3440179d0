#include "shared/endorsement/hardware_references.hpp"
#include "shared/evidence/azure/runtime_data.hpp"
#include "shared/files/files.hpp"
#include "shared/report/encoding.hpp"
#include "shared/report/hardware_policy_fields.hpp"
#include "tools/metatool/commands.hpp"
#include "tools/metatool/create.hpp"
#include "tools/metatool/remarks.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace troth::metatool {

namespace {

using endorsement::hardware_references;

/// What is written into the two files.
struct description {
  bytes policy;
  bytes values;
};

template <class Policy>
result<description> written(const result<hardware_references<Policy>>& made) {
  if (!made)
    return made.error();
  const auto policy = nlohmann::ordered_json::parse(
    report::write_as(made->policy, report::encoding::json)); // what our own writer wrote
  return description{to_bytes(policy.dump(4) + "\n"), write_reference_values(made->values)};
}

result<description> describe_domain(const evidence::tdx::quote& of, const path& event_log) {
  if (event_log.empty())
    return written(endorsement::references_of(of, nullptr));
  const auto content = files::read(event_log, evidence::eventlog::max_log);
  if (!content)
    return content.error();
  const auto log = evidence::eventlog::parse_event_log(*content, evidence::eventlog::log_kind::cc);
  if (!log)
    return in_file(log.error(), event_log);
  return written(endorsement::references_of(of, &*log));
}

bool is_hcl_report(byte_view content) {
  return content.size() >= 4 && to_text(content.first(4)) == "HCLA";
}

/// Takes the SNP report out of what a machine on Azure has in its TPM.
result<byte_view> report_within(byte_view hcl_report) {
  const auto whole = evidence::azure::parse_hcl_report(hcl_report);
  if (!whole)
    return whole.error();
  const auto claims = evidence::azure::parse_runtime_data(whole->runtime_data);
  if (!claims)
    return claims.error();
  if (claims->on != evidence::azure::hardware::snp)
    return error{errc::unsupported, "an HCL report of a trust domain: it holds no quote"};
  return whole->hardware_report;
}

result<description> describe(const from_evidence_options& options, byte_view content) {
  if (is_hcl_report(content)) {
    const auto report = report_within(content);
    return report ? describe(options, *report) : report.error();
  }
  if (content.size() == evidence::snp::report_size) {
    const auto report = evidence::snp::parse_report(content);
    if (!report)
      return report.error();
    return written(
      endorsement::references_of(*report, evidence::snp::product_named(options.product)));
  }
  const auto tdx = evidence::tdx::parse_quote(content);
  if (tdx)
    return describe_domain(*tdx, options.event_log);
  const auto sgx = evidence::sgx::parse_quote(content);
  if (sgx)
    return written(result{endorsement::references_of(*sgx)});
  const auto is_sgx = !content.empty() && content.front() == 3; // the version
  return is_sgx ? sgx.error() : tdx.error();
}

} // namespace

terminal::exit_code run(const from_evidence_options& options, const ports& world) {
  const auto content = files::read(options.evidence, max_input);
  if (!content)
    return give_up(world, content.error());
  const auto made = describe(options, *content);
  if (!made)
    return give_up(world, in_file(made.error(), options.evidence));
  if (const auto done = write(made->policy, options.policy, world); done != terminal::good)
    return done;
  return write(made->values, options.out, world);
}

} // namespace troth::metatool
