#include "shared/appraisal/intel_expectations.hpp"

#include "shared/base/hex.hpp"
#include "shared/endorsement/intel_tcb_info.hpp"

#include <algorithm>
#include <limits>

namespace troth::appraisal {

namespace {

using nlohmann::json;

constexpr std::size_t config_id_bytes = 64;

error wrong_expectation(std::string_view key, std::string_view expected) {
  return {errc::malformed,
          "policy.intel." + std::string{key} + ": expected " + std::string{expected}};
}

bool is_texts(const json& value) {
  return value.is_array()
         && std::ranges::all_of(value, [](const json& each) { return each.is_string(); });
}

result<void> set(intel_expectations& into, const std::string& key, const json& value) {
  if (key == "acceptedTcbStatuses") {
    const auto is_status = [](const json& each) {
      return endorsement::intel::parse_tcb_status(each.get<std::string>()).has_value();
    };
    if (!is_texts(value) || !std::ranges::all_of(value, is_status))
      return wrong_expectation(key, "an array of Intel's TCB statuses");
    into.accepted_tcb_statuses = {value.begin(), value.end()};
  } else if (key == "refusedAdvisories") {
    if (!is_texts(value))
      return wrong_expectation(key, "an array of advisories, e.g. INTEL-SA-00615");
    into.refused_advisories = {value.begin(), value.end()};
  } else if (key == "minimumTcbEvaluationNumber") {
    if (!value.is_number_unsigned())
      return wrong_expectation(key, "a number");
    into.minimum_evaluation_number = value.get<std::uint64_t>();
  } else if (key == "isvProdId") {
    if (!value.is_number_unsigned()
        || value.get<std::uint64_t>() > std::numeric_limits<std::uint16_t>::max())
      return wrong_expectation(key, "a number from 0 to 65535");
    into.isv_prod_id = value.get<std::uint16_t>();
  } else if (key == "configId") {
    auto read = from_hex(value.is_string() ? value.get<std::string>() : "");
    if (!read || read->size() != config_id_bytes)
      return wrong_expectation(key, "64 bytes in hex");
    into.config_id = *std::move(read);
  } else {
    return error{errc::unknown_key, "policy.intel." + key};
  }
  return {};
}

} // namespace

result<intel_expectations> read_intel_expectations(const json& value) {
  if (!value.is_object())
    return error{errc::malformed, "policy.intel: expected an object"};
  intel_expectations out;
  for (const auto& [key, each] : value.items())
    if (const auto read = set(out, key, each); !read)
      return read.error();
  return out;
}

} // namespace troth::appraisal
