#include "shared/endorsement/provisioned_values.hpp"

#include "shared/endorsement/reference_place.hpp"
#include "shared/report/component_fields.hpp"
#include "shared/report/encoding.hpp"

#include <utility>

namespace troth::endorsement {

namespace {

constexpr std::string_view amd_profile = "tag:amd.com,2024:snp-corim-profile";
constexpr std::uint64_t amd_measurement = 641; // mkey of MEASUREMENT

/// Refuses what could never be a reference value.
result<void> check_provisioned(const report::component& value) {
  const auto* const anchor = value.find_property(report::property_trust_anchor);
  if (anchor == nullptr)
    return error{errc::missing,
                 "component.properties: " + std::string{report::property_trust_anchor}};
  if (!register_of(*anchor, value)) {
    const auto is_known = *anchor == "TPM" || *anchor == "TDX";
    return error{is_known ? errc::malformed : errc::unsupported,
                 "component.properties: got " + *anchor
                   + ", expected TPM with a PCR, TDX with a register, SNP, SGX or SW"};
  }
  if (value.hashes.empty())
    return error{errc::missing, "component.hashes: one that is known"};
  return {};
}

/// Returns the digests of a value; a raw launch measurement is one.
result<std::vector<digest>> digests_of(const corim_value& from, bool is_launch_measurement) {
  if (!from.raw_value)
    return from.digests;
  if (!is_launch_measurement || !from.digests.empty())
    return error{errc::unsupported, "corim: a raw value, expected digests"};
  const auto made = digest::from(hash_algorithm::sha384, *from.raw_value);
  if (!made)
    return error{errc::malformed, "corim: a measurement of "
                                    + std::to_string(from.raw_value->size())
                                    + " bytes, expected 48"};
  return std::vector{*made};
}

result<report::component> component_of(const corim_value& from, const corim& of) {
  const auto is_amd = of.profile == amd_profile;
  if (is_amd && from.key != amd_measurement)
    return error{errc::unsupported, "corim.mkey: expected 641, the measurement"};
  auto digests = digests_of(from, is_amd);
  if (!digests)
    return digests.error();
  report::component out;
  out.type = "firmware";
  out.name = !from.name.empty() ? from.name : from.vendor + ' ' + from.model;
  out.version = from.version;
  out.hashes = *std::move(digests);
  out.optional = true;
  out.description = "CoRIM " + of.id;
  out.properties.push_back(
    {std::string{report::property_trust_anchor}, is_amd ? "SNP" : from.model});
  const auto has_registers = from.model == "TPM" || from.model == "TDX";
  if (!is_amd && from.key && !has_registers)
    return error{errc::unsupported, "corim.mkey: " + from.model + " has no registers"};
  if (!is_amd && from.key)
    out.properties.push_back({std::string{report::property_index}, std::to_string(*from.key)});
  if (const auto good = check_provisioned(out); !good)
    return error{good.error().code, "corim: " + good.error().where};
  return out;
}

} // namespace

result<report::component> parse_provisioned_value(std::string_view json) {
  auto read = report::parse_as<report::component>("component", to_bytes(json),
                                                  report::encoding::json);
  if (!read)
    return read;
  auto value = *std::move(read);
  if (const auto good = check_provisioned(value); !good)
    return good.error();
  value.optional = true;
  return value;
}

std::string write_provisioned_value(const report::component& value) {
  return to_text(report::write_as(value, report::encoding::json));
}

result<std::vector<report::component>> provisioned_values(const corim& from) {
  std::vector<report::component> out;
  for (const auto& value : from.values) {
    auto made = component_of(value, from);
    if (!made)
      return made.error();
    out.push_back(*std::move(made));
  }
  return out;
}

} // namespace troth::endorsement
