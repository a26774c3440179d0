#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// An attestation result as its JSON says it, taken apart for people. It may come over a
// network: a member that is absent or of another type reads as empty, and an empty status
// affirms nothing.

namespace troth::testtool {

/// Zero refuses.
enum class verdict : std::uint8_t { fail, warn, success };

/// Returns `fail`, `warn` or `success`.
std::string_view name(verdict value) noexcept;

/// Returns the verdict of a status as cmc spells it: `fail` for all but success and warn.
verdict verdict_named(std::string_view status) noexcept;

struct check_view {
  std::string status;
  std::string got;
  std::string expected; ///< The alternatives, where there are some, separated by ` or `.
  std::string details;
  std::vector<std::int64_t> error_codes;
};

/// A digest that was seen, or should have been.
struct measured_view {
  enum class kind : std::uint8_t {
    matched,      ///< Seen, and a reference value says so.
    unknown,      ///< Seen, and there is no reference value for it.
    not_measured, ///< There is a reference value, and it was not seen.
  };

  kind is = kind::unknown;
  std::string name;
  std::string algorithm;
  std::string digest; ///< Hex.
  std::string description;
};

/// What went into one register.
struct register_view {
  std::uint64_t index = 0;
  std::string value; ///< Hex, as replayed; empty where it is not told.
  bool is_as_expected = true;
  std::vector<measured_view> measured;

  std::size_t count(measured_view::kind wanted) const;
};

struct signature_view {
  check_view signature;
  check_view chain;
  std::string signer; ///< Names of the first certificate.
  std::string issuer;
};

struct measurement_view {
  std::string type; ///< `TPM Result`.
  check_view summary;
  check_view freshness;
  signature_view signature;
  check_view quoted_registers; ///< Status empty: the evidence has none.
  std::vector<register_view> registers;
};

struct metadata_view {
  std::string kind;
  std::string name;
  std::string version;
  check_view summary;
  check_view validity;
  std::vector<signature_view> signatures;
};

struct finding_view {
  std::string rule;
  std::string outcome;
  std::string subject;
  std::string code;
  std::string got;
  std::string expected;
  std::string clause;
  std::string detail;
};

struct result_view {
  verdict says = verdict::fail;
  check_view summary;
  std::string prover;
  std::string verifier;
  std::string created;
  check_view freshness;
  std::uint64_t certification_level = 0;
  std::vector<measurement_view> measurements;
  std::vector<metadata_view> metadata;
  std::vector<check_view> compatibility; ///< Those that tell more than success.
  std::string policy;
  std::string freshness_source;
  std::vector<std::string> caller_inputs;
  std::vector<finding_view> findings;
};

/// Returns the ids of the rules that failed, each once, in their order.
std::vector<std::string> rules_that_failed(const std::vector<finding_view>& findings);

/// Takes a result apart. What is no object gives an empty view, which fails.
result_view read_result(const nlohmann::json& result);

} // namespace troth::testtool
