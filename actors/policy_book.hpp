#pragma once

#include "shared/appraisal/policy.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/messages.hpp"
#include "shared/store/policy_store.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace troth::actors {

/// The policies that a verifier applies: those of its configuration, which nobody changes, and
/// those that are managed at run time, in a store that verifiers share. Any thread may call.
class policy_book {
public:
  using policies = std::map<std::string, std::shared_ptr<const appraisal::policy>, std::less<>>;

  /// @param configured by name.
  /// @param by_default name of the one that applies where no other was made the default.
  /// @param store null: nothing is managed here.
  policy_book(policies configured, std::string by_default,
              std::shared_ptr<store::policy_store> store)
    : configured_(std::move(configured)), by_default_(std::move(by_default)),
      store_(std::move(store)) {
    // nop
  }

  /// Takes in what became active since, at any verifier; may block.
  /// @returns what the store does: then nobody knows which policies are in force.
  result<void> refresh();

  /// Returns the policy of that name; of an empty one, the default.
  /// @returns `not_found`; `internal` for one that the store has and this build cannot read.
  result<std::shared_ptr<const appraisal::policy>> find(std::string_view name) const;

  /// Lists all, `{"default", "policies": [{"name", "version", "digest", "source", "active",
  /// ...}]}`; may block. @returns what the store does.
  result<std::string> list();

  /// Shows or changes what is managed; may block.
  /// @returns the document for `get`, else the list after the change; `malformed` for a name,
  ///          version or document; `conflict` for a name of the configuration; `unsupported` for
  ///          another action or without a store; what `appraisal::parse_policy` and the store do.
  result<std::string> manage(const protocol::policy_request& asked, time_point now);

private:
  using reading = result<std::shared_ptr<const appraisal::policy>>;

  result<void> put(const protocol::policy_request& asked, time_point now);
  result<void> check_name(const std::string& name) const;
  reading read(const store::policy_entry& from);

  const policies configured_;
  const std::string by_default_;
  const std::shared_ptr<store::policy_store> store_;
  mutable std::mutex mutex_; // guards what follows
  std::optional<std::uint64_t> generation_;
  std::map<std::string, reading, std::less<>> active_;
  std::string default_; ///< Of the store; empty: none.
};

} // namespace troth::actors
