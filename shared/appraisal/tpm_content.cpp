#include "shared/appraisal/tpm_content.hpp"

#include "shared/base/base64.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/evidence/eventlog/coverage.hpp"
#include "shared/evidence/ima/template.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace troth::appraisal {

namespace {

enum class content : std::uint8_t { proved, unproved, contradicted };

content check_boot_event(evidence::eventlog::event_type type, byte_view raw,
                         const digest& measured) {
  const auto coverage = evidence::eventlog::coverage_of(type, raw);
  const auto is_measured = [&](byte_view candidate) {
    return crypto::hash(measured.algorithm(), candidate) == measured;
  };
  if (std::ranges::any_of(coverage.candidates, is_measured))
    return content::proved;
  return coverage.is_strict ? content::contradicted : content::unproved;
}

/// Kernels before 5.8 pad the SHA-1 of the template data for the other banks.
bool is_padded_sha1(const digest& measured) {
  return measured.algorithm() != hash_algorithm::sha1
         && std::ranges::all_of(measured.view().subspan(20), [](auto byte) { return byte == 0; });
}

/// Returns the path in the data of one entry, whatever its template: a report does not name it.
std::optional<std::string> path_in(byte_view template_data) {
  for (const auto* name : {"ima-ng", "ima-sig", "ima-ngv2", "ima-sigv2", "ima-buf", "ima-modsig"})
    if (const auto fields = evidence::ima::parse_template(name, template_data))
      return to_text(fields->path);
  return std::nullopt;
}

content check_file_event(std::string_view claimed_path, byte_view raw, const digest& measured) {
  if (crypto::hash(measured.algorithm(), raw) != measured)
    return is_padded_sha1(measured) ? content::unproved : content::contradicted;
  const auto path = path_in(raw);
  return path && *path != claimed_path ? content::contradicted : content::proved;
}

} // namespace

void content_check::look_at(const report::component& event, std::uint64_t pcr,
                            const digest& measured, ledger& book) {
  const auto* encoded = event.find_property(report::property_raw);
  if (encoded == nullptr) {
    ++unchecked_;
    return;
  }
  const auto raw = from_base64(*encoded);
  auto found = content::contradicted;
  if (const auto type = evidence::eventlog::parse_event_type(event.name); raw && type)
    found = check_boot_event(*type, *raw, measured);
  else if (raw)
    found = check_file_event(event.description, *raw, measured);
  ++checked_;
  if (found == content::contradicted && ++false_ <= max_listed)
    book.check(rules::tpm_event_content, "PCR " + std::to_string(pcr), false,
               {"bytes that do not give the measured digest",
                "what was measured",
                {},
                event.description.empty() ? event.name : event.description});
}

void content_check::conclude(ledger& book) const {
  if (checked_ != 0)
    book.check(rules::tpm_event_content, report::tpm_evidence, false_ == 0,
               {std::to_string(false_) + " of " + std::to_string(checked_) + " events contradicted",
                "what events say is what was measured"});
  if (unchecked_ != 0)
    book.not_checked(rules::tpm_event_content, report::tpm_evidence,
                     std::to_string(unchecked_) + " events carry no content");
}

} // namespace troth::appraisal
