#include "shared/report/trust_vector.hpp"

#include <algorithm>

namespace troth::report {

namespace {

constexpr std::array tiers = {trust_tier::none, trust_tier::affirming, trust_tier::warning,
                              trust_tier::contraindicated};

/// Which of two values is told: standard before own ones of a tier, the worse tier first.
int weight(std::int8_t value) noexcept {
  const auto is_standard = value >= 0;
  return static_cast<int>(tier_of(value)) * 2 + (is_standard ? 1 : 0);
}

} // namespace

std::string_view name(trust_claim claim) noexcept {
  switch (claim) {
  case trust_claim::instance_identity:
    return "instance-identity";
  case trust_claim::configuration:
    return "configuration";
  case trust_claim::executables:
    return "executables";
  case trust_claim::file_system:
    return "file-system";
  case trust_claim::hardware:
    return "hardware";
  case trust_claim::runtime_opaque:
    return "runtime-opaque";
  case trust_claim::storage_opaque:
    return "storage-opaque";
  case trust_claim::sourced_data:
    return "sourced-data";
  }
  return {};
}

std::string_view name(trust_tier tier) noexcept {
  switch (tier) {
  case trust_tier::none:
    return "none";
  case trust_tier::affirming:
    return "affirming";
  case trust_tier::warning:
    return "warning";
  case trust_tier::contraindicated:
    return "contraindicated";
  }
  return {};
}

std::optional<trust_tier> tier_named(std::string_view text) noexcept {
  for (const auto tier : tiers)
    if (name(tier) == text)
      return tier;
  return std::nullopt;
}

std::optional<trust_tier> tier_numbered(std::int64_t number) noexcept {
  for (const auto tier : tiers)
    if (static_cast<std::int64_t>(tier) == number)
      return tier;
  return std::nullopt;
}

trust_tier tier_of(std::int8_t value) noexcept {
  if (value >= -1 && value <= 1)
    return trust_tier::none;
  if (value >= 96 || value <= -97)
    return trust_tier::contraindicated;
  if (value >= 32 || value <= -33)
    return trust_tier::warning;
  return trust_tier::affirming;
}

void trust_vector::add(trust_claim claim, std::int8_t value) {
  auto& current = (*this)[claim];
  if (weight(value) > weight(current))
    current = value;
}

trust_tier trust_vector::worst() const noexcept {
  auto out = trust_tier::none;
  for (const auto value : values_)
    out = std::max(out, tier_of(value));
  return out;
}

bool trust_vector::is_empty() const noexcept {
  return std::ranges::all_of(values_, [](auto value) { return value == 0; });
}

} // namespace troth::report
