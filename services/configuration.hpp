#pragma once

#include "shared/base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace troth::services {

enum class secrecy : std::uint8_t { open, secret };

/// The configuration of one process: a table of keys, each bound to a variable that holds its
/// default until a source says otherwise. Whatever is not in the table is refused.
class configuration {
public:
  enum class kind : std::uint8_t { text, number, flag, list };

  struct key {
    std::string name; ///< camelCase, grouped by dots: `tls.ca`.
    kind is;
    std::string help;
    secrecy shown;
    std::function<result<void>(const nlohmann::json&)> assign; ///< Checks and keeps.
    std::function<nlohmann::json()> current;
  };

  /// What a number may be.
  struct range {
    std::uint64_t least = 0;
    std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  };

  // Each adds one key. The variable must outlive this.
  void add(const std::string& name, std::string& variable, const std::string& help,
           secrecy shown = secrecy::open);
  void add(const std::string& name, std::uint64_t& variable, range allowed,
           const std::string& help);
  void add(const std::string& name, bool& variable, const std::string& help);
  void add(const std::string& name, std::vector<std::string>& variable, const std::string& help);

  /// Adds a text that `check` accepts. What it refuses is never shown.
  void add(const std::string& name, std::string& variable,
           std::function<result<void>(const std::string&)> check, const std::string& help);

  /// Adds a text that must be one of `choices`.
  void add(const std::string& name, std::string& variable, const std::vector<std::string>& choices,
           const std::string& help);

  const std::vector<key>& keys() const noexcept { return keys_; }

  /// Sets every member of a JSON object, whose groups are objects of their own.
  /// @param source is named in errors.
  /// @returns `unknown_key` with the nearest known one; `malformed`.
  result<void> merge(const nlohmann::json& document, const std::string& source);

  /// Sets one key from what a person typed: a list's items are separated by commas.
  /// @returns as `merge`.
  result<void> set_text(const std::string& name, const std::vector<std::string>& given,
                        const std::string& source);

  /// Returns all that holds now, in the form that `merge` reads; secrets are `"..."`.
  nlohmann::json shown() const;

private:
  void add_key(key made);
  result<void> merge_group(const nlohmann::json& group, const std::string& prefix,
                           const std::string& source);
  result<void> assign(const key& which, const nlohmann::json& value, const std::string& source);
  const key* find(std::string_view name) const;
  error unknown(const std::string& name, const std::string& source) const;

  std::vector<key> keys_;
};

/// Returns `tls-ca` for `tls.ca`, `max-report-bytes` for `maxReportBytes`.
std::string flag_name(std::string_view key);

/// Returns `TROTH_VERIFIER_TLS_CA` for the service `verifier` and `tls.ca`.
std::string environment_name(std::string_view service, std::string_view key);

} // namespace troth::services
