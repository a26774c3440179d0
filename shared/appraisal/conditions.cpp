#include "shared/appraisal/conditions.hpp"

#include "shared/appraisal/ledger.hpp"
#include "shared/crypto/certificate_details.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>

namespace troth::appraisal {

namespace {

using nlohmann::json;

constexpr std::size_t max_conditions = 64;
constexpr std::size_t max_texts = 64; // of a member
constexpr std::size_t max_signers = 16;

constexpr std::array kinds = {report::manifest_type, report::image_description_type,
                              report::company_description_type};

error wrong_condition(std::string_view key, std::string_view expected) {
  return {errc::malformed,
          "policy.signers." + std::string{key} + ": expected " + std::string{expected}};
}

result<std::vector<std::string>> read_texts(const json& value, const std::string& key) {
  const auto is_text = [](const json& each) {
    return each.is_string() && !each.get_ref<const std::string&>().empty();
  };
  if (!value.is_array() || value.empty() || !std::ranges::all_of(value, is_text))
    return wrong_condition(key, "an array of texts");
  if (value.size() > max_texts)
    return error{errc::too_large, "policy.signers." + key};
  return value.get<std::vector<std::string>>();
}

struct text_member {
  std::string_view name;
  std::vector<std::string> signer_condition::*into;
};

constexpr std::array text_members = {
  text_member{"kinds", &signer_condition::kinds},
  text_member{"commonNames", &signer_condition::common_names},
  text_member{"organizations", &signer_condition::organizations},
  text_member{"organizationalUnits", &signer_condition::organizational_units},
  text_member{"countries", &signer_condition::countries},
};

result<void> read_member(signer_condition& into, const std::string& key, const json& value) {
  if (key == "minimum") {
    if (!value.is_number_unsigned() || value < 1 || value > max_signers)
      return wrong_condition(key, "a number from 1 to " + std::to_string(max_signers));
    into.minimum = value.get<std::uint64_t>();
    return {};
  }
  const auto* const at = std::ranges::find(text_members, key, &text_member::name);
  if (at == text_members.end())
    return error{errc::unknown_key, "policy.signers." + key};
  auto texts = read_texts(value, key);
  if (!texts)
    return texts.error();
  into.*(at->into) = *std::move(texts);
  return {};
}

result<signer_condition> read_one(const json& value) {
  if (!value.is_object())
    return error{errc::malformed, "policy.signers: expected objects"};
  signer_condition out;
  for (const auto& [key, member] : value.items())
    if (const auto read = read_member(out, key, member); !read)
      return read.error();
  for (const auto& kind : out.kinds)
    if (std::ranges::find(kinds, kind) == kinds.end())
      return wrong_condition("kinds", "Manifest, Image Description or Company Description");
  if (out.common_names.empty() && out.organizations.empty() && out.organizational_units.empty()
      && out.countries.empty() && out.minimum == 1)
    return error{errc::missing, "policy.signers: what the signer must be"};
  return out;
}

bool is_one_of(const std::vector<std::string>& wanted, const std::vector<std::string>& there) {
  return wanted.empty() || std::ranges::any_of(there, [&](const auto& each) {
           return std::ranges::find(wanted, each) != wanted.end();
         });
}

bool fulfils(const crypto::certificate& signer, const signer_condition& of) {
  const auto subject = crypto::details_of(signer).subject;
  return is_one_of(of.common_names, {subject.common_name})
         && is_one_of(of.organizations, subject.organization)
         && is_one_of(of.organizational_units, subject.organizational_unit)
         && is_one_of(of.countries, subject.country);
}

/// Counts the signers by their keys: one that signs twice, or has two certificates, is one.
std::size_t count_signers(const report::metadata_result& item, const signer_condition& of) {
  std::set<bytes> keys;
  for (const auto& [signature, chain, certificates] : item.signatures)
    if (signature.says == report::status::success && chain.says == report::status::success
        && !certificates.empty() && !certificates.front().empty()
        && fulfils(certificates.front().front(), of))
      keys.insert(certificates.front().front().key().der());
  return keys.size();
}

/// Returns the condition in words, for the finding.
std::string describe(const signer_condition& of) {
  std::string out = std::to_string(of.minimum) + (of.minimum == 1 ? " signer" : " signers");
  for (const auto& [name, member] : text_members)
    if (name != "kinds" && !(of.*member).empty()) {
      out += ", " + std::string{name} + ' ';
      for (const auto& text : of.*member)
        out += (text == (of.*member).front() ? "" : " or ") + text;
    }
  return out;
}

void check_item(const report::metadata_result& item, time_point now, ledger& book) {
  if (item.item == nullptr)
    return;
  const auto& info = report::info_of(*item.item);
  const auto kind = report::type_of(*item.item);
  for (const auto& condition : book.rules().signers) {
    if (!condition.kinds.empty()
        && std::ranges::find(condition.kinds, kind) == condition.kinds.end())
      continue;
    const auto signers = count_signers(item, condition);
    book.check(rules::policy_signers, info.name, signers >= condition.minimum,
               {std::to_string(signers), describe(condition)});
  }
  const auto& limit = book.rules().maximum_metadata_age;
  if (!limit)
    return;
  const auto made = parse_time(info.version);
  book.check(rules::policy_metadata_age, info.name, made && now - *made <= *limit,
             {info.version, "a version of " + format_time(now - *limit) + " or later"});
}

} // namespace

result<std::vector<signer_condition>> read_signer_conditions(const json& value) {
  if (!value.is_array())
    return error{errc::malformed, "policy.signers: expected an array"};
  if (value.size() > max_conditions)
    return error{errc::too_large, "policy.signers"};
  std::vector<signer_condition> out;
  for (const auto& each : value) {
    auto one = read_one(each);
    if (!one)
      return one.error();
    out.push_back(*std::move(one));
  }
  return out;
}

void check_conditions(const report::metadata_summary& metadata, time_point now, ledger& book) {
  check_item(metadata.image_description, now, book);
  for (const auto& each : metadata.manifests)
    check_item(each, now, book);
  if (metadata.company_description)
    check_item(*metadata.company_description, now, book);
}

} // namespace troth::appraisal
