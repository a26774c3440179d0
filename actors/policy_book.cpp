#include "actors/policy_book.hpp"

#include "actors/author_name.hpp"
#include "shared/base/hex.hpp"
#include "shared/codec/json.hpp"
#include "shared/crypto/hash.hpp"

#include <algorithm>
#include <utility>

namespace troth::actors {

namespace {

using nlohmann::ordered_json;
using scope = store::policy_store::scope;

/// Names and versions stand in paths, results and logs, and so are of few characters.
bool is_word(std::string_view text) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
           || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= store::max_policy_name_bytes
         && std::ranges::all_of(text, is_good);
}

std::string digest_of(std::string_view document) {
  return hex(crypto::hash(hash_algorithm::sha256, to_bytes(document)).view());
}

} // namespace

result<void> policy_book::refresh() {
  if (!store_)
    return {};
  const auto generation = store_->generation();
  if (!generation)
    return generation.error();
  {
    const std::lock_guard lock{mutex_};
    if (generation_ == *generation)
      return {};
  }
  const auto all = store_->list();
  if (!all)
    return all.error();
  std::map<std::string, reading, std::less<>> active;
  std::string by_default;
  for (const auto& one : *all) {
    if (!one.is_active)
      continue;
    auto policy = read(one);
    if (!policy && policy.error().code != errc::internal)
      return policy.error(); // the store's
    active.insert_or_assign(one.name, std::move(policy));
    if (one.is_default)
      by_default = one.name;
  }
  const std::lock_guard lock{mutex_};
  generation_ = *generation;
  active_ = std::move(active);
  default_ = std::move(by_default);
  return {};
}

/// Reads a version of the store; `internal` for what is no policy, or not the one that was put.
policy_book::reading policy_book::read(const store::policy_entry& from) {
  const auto document = store_->document(from.name, from.version);
  if (!document)
    return document.error();
  const auto refuse = [&](const std::string& why) {
    return error{errc::internal, "policy " + from.name + '@' + from.version + ": " + why};
  };
  if (digest_of(*document) != from.digest)
    return refuse("is not what was put");
  auto policy = appraisal::parse_policy(*document);
  if (!policy)
    return refuse(to_string(policy.error()));
  auto named = *std::move(policy);
  named.name = from.name;
  named.version = from.version;
  return std::make_shared<const appraisal::policy>(std::move(named));
}

result<std::shared_ptr<const appraisal::policy>> policy_book::find(std::string_view name) const {
  const std::lock_guard lock{mutex_};
  if (name.empty())
    name = default_.empty() ? by_default_ : default_;
  if (const auto own = configured_.find(name); own != configured_.end())
    return own->second;
  const auto managed = active_.find(name);
  if (managed == active_.end())
    return error{errc::not_found, "policy: " + std::string{name}};
  return managed->second;
}

result<std::string> policy_book::list() {
  auto all = store_ ? store_->list() : std::vector<store::policy_entry>{};
  if (!all)
    return all.error();
  auto by_default = by_default_;
  ordered_json listed = ordered_json::array();
  for (const auto& [name, policy] : configured_)
    listed.push_back({{"name", name},
                      {"version", policy->version},
                      {"digest", policy->digest},
                      {"source", "configuration"},
                      {"active", true}});
  for (const auto& one : *all) {
    if (one.is_default)
      by_default = one.name;
    listed.push_back({{"name", one.name},
                      {"version", one.version},
                      {"digest", one.digest},
                      {"source", "store"},
                      {"active", one.is_active},
                      {"created", format_time(one.created)},
                      {"author", one.author}});
  }
  return ordered_json{{"default", by_default}, {"policies", std::move(listed)}}.dump();
}

result<void> policy_book::check_name(const std::string& name) const {
  if (!is_word(name))
    return error{errc::malformed, "name: expected 1 to 64 of letters, digits, '-', '_' and '.'"};
  if (configured_.contains(name) || appraisal::built_in_policy(name))
    return error{errc::conflict, "name: " + name + " is of the configuration"};
  return {};
}

result<void> policy_book::put(const protocol::policy_request& asked, time_point now) {
  const auto policy = appraisal::parse_policy(asked.document);
  if (!policy)
    return policy.error();
  const auto is_named = ordered_json::parse(asked.document).contains("name");
  if (is_named && policy->name != asked.name)
    return error{errc::malformed, "policy.name: got " + policy->name + ", expected " + asked.name};
  if (!policy->version.empty() && policy->version != asked.version)
    return error{errc::malformed,
                 "policy.version: got " + policy->version + ", expected " + asked.version};
  return store_->put({asked.name, asked.version, policy->digest, author_name(asked.author), now},
                     asked.document);
}

result<std::string> policy_book::manage(const protocol::policy_request& asked, time_point now) {
  if (!store_)
    return error{errc::unsupported, "policies: none are managed here"};
  if (const auto good = check_name(asked.name); !good)
    return good.error();
  if (asked.action != protocol::policy_action::deactivate && !is_word(asked.version))
    return error{errc::malformed, "version: expected 1 to 64 of letters, digits, '-', '_', '.'"};
  result<void> done = error{errc::unsupported, "action: " + asked.action};
  if (asked.action == protocol::policy_action::get)
    return store_->document(asked.name, asked.version);
  if (asked.action == protocol::policy_action::put)
    done = put(asked, now);
  else if (asked.action == protocol::policy_action::activate)
    done = store_->activate(asked.name, asked.version,
                            asked.is_default ? scope::everybody : scope::by_name);
  else if (asked.action == protocol::policy_action::deactivate)
    done = store_->deactivate(asked.name);
  else if (asked.action == protocol::policy_action::erase)
    done = store_->erase(asked.name, asked.version);
  if (!done)
    return done.error();
  return list();
}

} // namespace troth::actors
