#include "shared/report/trust_value_names.hpp"

#include <algorithm>

namespace troth::report {

namespace {

struct common_word {
  std::string_view word;
  std::int8_t value;
};

/// Words of every claim.
constexpr std::array common_words = {
  common_word{"verifier_malfunction", -1},
  common_word{"no_claim", 0},
  common_word{"unexpected_evidence", 1},
  common_word{"unexected_evidence", 1}, // so misspelt by Veraison's library in Go
  common_word{"crypto_failed", 99},
};

struct claim_word {
  trust_claim claim;
  std::string_view word;
  std::int8_t value;
};

constexpr std::array claim_words = {
  claim_word{trust_claim::instance_identity, "recognized_instance", 2},
  claim_word{trust_claim::instance_identity, "untrustworthy_instance", 96},
  claim_word{trust_claim::instance_identity, "unrecognized_instance", 97},
  claim_word{trust_claim::configuration, "approved_config", 2},
  claim_word{trust_claim::configuration, "safe_config", 3},
  claim_word{trust_claim::configuration, "unsafe_config", 32},
  claim_word{trust_claim::configuration, "unavailable_config", 36},
  claim_word{trust_claim::configuration, "unsupportable_config", 96},
  claim_word{trust_claim::executables, "approved_rt", 2},
  claim_word{trust_claim::executables, "approved_boot", 3},
  claim_word{trust_claim::executables, "unsafe_rt", 32},
  claim_word{trust_claim::executables, "unrecognized_rt", 33},
  claim_word{trust_claim::executables, "contraindicated_rt", 96},
  claim_word{trust_claim::file_system, "approved_fs", 2},
  claim_word{trust_claim::file_system, "unrecognized_fs", 32},
  claim_word{trust_claim::file_system, "contraindicated_fs", 96},
  claim_word{trust_claim::hardware, "genuine_hw", 2},
  claim_word{trust_claim::hardware, "unsafe_hw", 32},
  claim_word{trust_claim::hardware, "contraindicated_hw", 96},
  claim_word{trust_claim::hardware, "unrecognized_hw", 97},
  claim_word{trust_claim::runtime_opaque, "encrypted_rt", 2},
  claim_word{trust_claim::runtime_opaque, "isolated_rt", 32},
  claim_word{trust_claim::runtime_opaque, "visible_rt", 96},
  claim_word{trust_claim::storage_opaque, "hw_encrypted_secrets", 2},
  claim_word{trust_claim::storage_opaque, "sw_encrypted_secrets", 32},
  claim_word{trust_claim::storage_opaque, "unencrypted_secrets", 96},
  claim_word{trust_claim::sourced_data, "trusted_sources", 2},
  claim_word{trust_claim::sourced_data, "untrusted_sources", 32},
  claim_word{trust_claim::sourced_data, "contraindicated_sources", 96},
};

} // namespace

std::optional<std::int8_t> value_named(trust_claim claim, std::string_view word) noexcept {
  const auto* const common = std::ranges::find(common_words, word, &common_word::word);
  if (common != common_words.end())
    return common->value;
  const auto* const own = std::ranges::find_if(claim_words, [&](const claim_word& each) {
    return each.claim == claim && each.word == word;
  });
  return own != claim_words.end() ? std::optional{own->value} : std::nullopt;
}

} // namespace troth::report
