#include "shared/appraisal/snp_expectations.hpp"

#include "shared/base/hex.hpp"
#include "shared/evidence/snp/report.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace troth::appraisal {

namespace {

using json = nlohmann::json;
namespace platform = evidence::snp::platform_info;

constexpr auto platform_bits = std::to_array<std::pair<std::string_view, std::uint64_t>>({
  {"smt", platform::smt_en},
  {"tsme", platform::tsme_en},
  {"ecc", platform::ecc_en},
  {"raplDisabled", platform::rapl_dis},
  {"ciphertextHiding", platform::ciphertext_hiding_dram_en},
  {"aliasCheckComplete", platform::alias_check_complete},
  {"tio", platform::tio_en},
});

bool is_number32(const json& value) {
  return value.is_number_unsigned()
         && value.get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
}

bool read_vmpls(const json& value, snp_expectations& into) {
  constexpr std::uint64_t highest = 3;
  const auto is_vmpl = [](const json& each) {
    return each.is_number_unsigned() && each.get<std::uint64_t>() <= highest;
  };
  if (!value.is_array() || value.empty() || !std::ranges::all_of(value, is_vmpl))
    return false;
  into.vmpls = value.get<std::set<std::uint32_t>>();
  return true;
}

bool read_guest_svn(const json& value, snp_expectations& into) {
  if (!is_number32(value))
    return false;
  into.minimum_guest_svn = value.get<std::uint32_t>();
  return true;
}

bool read_csp_ids(const json& value, snp_expectations& into) {
  const auto is_text = [](const json& each) { return each.is_string(); };
  if (!value.is_array() || !std::ranges::all_of(value, is_text))
    return false;
  for (const auto& each : value)
    into.csp_ids.insert(each.get<std::string>());
  return true;
}

template <std::vector<bytes> snp_expectations::*Member, std::size_t Size>
bool read_values(const json& value, snp_expectations& into) {
  if (!value.is_array())
    return false;
  for (const auto& each : value) {
    const auto read = from_hex(each.is_string() ? each.get<std::string>() : "");
    if (!read || read->size() != Size)
      return false;
    (into.*Member).push_back(*read);
  }
  return true;
}

template <std::uint64_t snp_expectations::*Member>
bool read_platform(const json& value, snp_expectations& into) {
  if (!value.is_array())
    return false;
  for (const auto& each : value) {
    const auto wanted = each.is_string() ? each.get<std::string>() : std::string{};
    const auto* const at = std::ranges::find(platform_bits, wanted,
                                             &std::pair<std::string_view, std::uint64_t>::first);
    if (at == platform_bits.end())
      return false;
    into.*Member |= at->second;
  }
  return true;
}

template <bool snp_expectations::*Member>
bool read_flag(const json& value, snp_expectations& into) {
  if (!value.is_boolean())
    return false;
  into.*Member = value.get<bool>();
  return true;
}

struct member {
  bool (*read)(const json&, snp_expectations&);
  std::string_view expected;
};

const std::map<std::string, member, std::less<>>& members() {
  using e = snp_expectations;
  static const std::map<std::string, member, std::less<>> table{
    {"vmpls", {read_vmpls, "an array of numbers from 0 to 3"}},
    {"minimumGuestSvn", {read_guest_svn, "a number of 32 bits"}},
    {"hostData", {read_values<&e::host_data, 32>, "an array of hex of 32 bytes"}},
    {"idKeyDigests", {read_values<&e::id_key_digests, 48>, "an array of hex of 48 bytes"}},
    {"authorKeyDigests", {read_values<&e::author_key_digests, 48>, "an array of hex of 48 bytes"}},
    {"familyIds", {read_values<&e::family_ids, 16>, "an array of hex of 16 bytes"}},
    {"imageIds", {read_values<&e::image_ids, 16>, "an array of hex of 16 bytes"}},
    {"cspIds", {read_csp_ids, "an array of texts"}},
    {"platformRequired", {read_platform<&e::platform_required>, "an array of platform bits"}},
    {"platformForbidden", {read_platform<&e::platform_forbidden>, "an array of platform bits"}},
    {"acceptDebug", {read_flag<&e::accept_debug>, "true or false"}},
    {"acceptCxl", {read_flag<&e::accept_cxl>, "true or false"}},
  };
  return table;
}

} // namespace

result<snp_expectations> read_snp_expectations(const json& object) {
  if (!object.is_object())
    return error{errc::malformed, "policy.snp: expected an object"};
  snp_expectations out;
  for (const auto& [key, value] : object.items()) {
    const auto at = members().find(key);
    if (at == members().end())
      return error{errc::unknown_key, "policy.snp." + key};
    if (!at->second.read(value, out))
      return error{errc::malformed,
                   "policy.snp." + key + ": expected " + std::string{at->second.expected}};
  }
  return out;
}

} // namespace troth::appraisal
