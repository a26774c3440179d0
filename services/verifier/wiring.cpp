#include "services/verifier/wiring.hpp"

#include "actors/appraiser_pool.hpp"
#include "actors/trust_listing.hpp"
#include "actors/verifier.hpp"
#include "services/http/trace.hpp"
#include "services/ports.hpp"
#include "shared/appraisal/appraise.hpp"
#include "shared/files/files.hpp"
#include "shared/store/connection.hpp"
#include "shared/store/open.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <thread>
#include <utility>

namespace troth::services {

namespace {

constexpr std::size_t max_file_bytes = std::size_t{1024} * 1024;

/// Puts a key of the configuration before what was wrong with its value.
error in_key(const char* key, const error& why) {
  return {why.code, std::string{key} + ": " + why.where};
}

result<std::vector<crypto::certificate>> read_roots(const char* key,
                                                    const std::vector<std::string>& files) {
  std::vector<crypto::certificate> out;
  for (const auto& file : files) {
    const auto content = files::read(file, max_file_bytes);
    if (!content)
      return in_key(key, content.error());
    auto found = crypto::certificate::from_pem(to_text(*content));
    if (!found)
      return in_key(key, {found.error().code, file + ": " + found.error().where});
    std::ranges::move(*std::move(found), std::back_inserter(out));
  }
  return out;
}

result<std::vector<crypto::revocation_list>>
read_revocation_lists(const char* key, const std::vector<std::string>& files) {
  std::vector<crypto::revocation_list> out;
  for (const auto& file : files) {
    const auto content = files::read(file, max_file_bytes);
    if (!content)
      return in_key(key, content.error());
    auto read = crypto::revocation_list::from_der(*content);
    if (!read)
      return in_key(key, {read.error().code, file + ": " + read.error().where});
    out.push_back(*std::move(read));
  }
  return out;
}

/// Refuses what no store can be opened with, a password in it above all.
result<void> check_store(const std::string& url) {
  const auto read = url.empty() ? result<store::connection>{store::connection{}}
                                : store::parse_connection(url, {});
  return read ? result<void>{} : read.error();
}

/// Reads a policy: a built-in one by its name, any other from its file.
result<appraisal::policy> read_policy(const char* key, const std::string& name) {
  auto built_in = appraisal::built_in_policy(name);
  if (built_in)
    return built_in;
  const auto content = files::read(name, max_file_bytes);
  if (!content)
    return in_key(key, content.error());
  auto read = appraisal::parse_policy(to_text(*content));
  if (!read)
    return in_key(key, {read.error().code, name + ": " + read.error().where});
  return read;
}

/// Reads the users' scripts, and sees that they are some.
result<policy::user_policies> read_scripts(const verifier_configuration& from) {
  policy::user_policies out;
  out.replaces = from.script_overwrite ? policy::replacing::allowed : policy::replacing::refused;
  for (const auto& file : from.script_files) {
    const auto content = files::read(file, max_file_bytes);
    if (!content)
      return in_key("scripts.files", content.error());
    auto text = to_text(*content);
    if (const auto good = policy::compile_script(text, from.script_limits); !good)
      return in_key("scripts.files", {good.error().code, file + ": " + good.error().where});
    out.scripts.push_back({std::filesystem::path{file}.filename(), std::move(text)});
  }
  return out;
}

} // namespace

void verifier_service::define(configuration& keys) {
  keys.add("trust.metadataRoots", chosen_.metadata_roots,
           "PEM files: the CAs of those who sign manifests and descriptions");
  keys.add("trust.akRoots", chosen_.ak_roots, "PEM files: the CAs of TPM attestation keys");
  keys.add("trust.snpRoots", chosen_.snp_roots,
           "PEM files: roots of SNP guests' keys beside AMD's, whose keys are built in");
  keys.add("trust.intelRoots", chosen_.intel_roots,
           "PEM files: roots of SGX and TDX platforms beside Intel's, whose key is built in");
  keys.add("trust.psaRoots", chosen_.psa_roots, "PEM files: the CAs of the keys of PSA devices");
  keys.add("trust.snpRevocationLists", chosen_.snp_revocation_lists,
           "DER files: the revocation lists of those roots");
  keys.add("trust.statusRoots", chosen_.status_roots,
           "PEM files: the CAs of those who sign the status of manifests");
  keys.add("policy", chosen_.policy, "Built-in name or JSON file of the policy that is applied");
  keys.add("callerPolicies", chosen_.caller_policies,
           "Names or files of the policies that a caller may ask for instead");
  keys.add("allowCallerRoots", chosen_.allow_caller_roots,
           "Let callers bring roots of trust and a time of their own: for tests");
  keys.add("challengeLifetime", chosen_.challenge_lifetime, {1, 86'400},
           "Seconds in which a challenge must be answered");
  keys.add("maxChallenges", chosen_.max_challenges, {1, 100'000'000},
           "Challenges that may be open");
  keys.add("maxWaiting", chosen_.max_waiting, {1, 1'000'000},
           "Appraisals that may wait for each worker");
  keys.add("workers", chosen_.workers, {0, 1'024}, "Appraisals at a time; 0: one for each core");
  keys.add("store", chosen_.store, check_store,
           "Where challenges and policies are kept: memory://, sqlite3://PATH or "
           "postgresql://[USER@]HOST/NAME; "
           "empty: SQLite in the state folder");
  keys.add("storePasswordFile", chosen_.store_password_file,
           "File with PostgreSQL's password; empty: libpq looks for itself");
  chosen_.collateral.define(keys);
  keys.add("reports.keepSeconds", chosen_.keep_reports_seconds, {0, 31'536'000},
           "Keep reports that were appraised, to try policies on: for so long; 0: none");
  keys.add("reports.keepBytes", chosen_.keep_reports_bytes, {1, std::uint64_t{1} << 40U},
           "Bytes of all that are kept: the oldest make room");
  chosen_.ear.define(keys);
  keys.add("scripts.files", chosen_.script_files,
           "JavaScript files that judge every result: docs/policies.md");
  keys.add("scripts.overwrite", chosen_.script_overwrite,
           "Let a script put a JSON result of its own in the place of ours");
  keys.add("scripts.helper", chosen_.script_limits.helper,
           "The executable that runs them: a path, or looked for in PATH");
}

result<void> verifier_service::prepare(const common_options& chosen) {
  if (chosen_.workers == 0)
    chosen_.workers = std::max(1U, std::thread::hardware_concurrency());
  if (chosen_.store.empty())
    chosen_.store = "sqlite3://" + chosen.state + "/store.sqlite3";
  if (chosen_.collateral.folder.empty())
    chosen_.collateral.folder = chosen.state + "/collateral";
  rules_ = std::make_shared<actors::appraiser_rules>();
  rules_->verifier_name = chosen.name;
  auto metadata_roots = read_roots("trust.metadataRoots", chosen_.metadata_roots);
  if (!metadata_roots)
    return metadata_roots.error();
  auto ak_roots = read_roots("trust.akRoots", chosen_.ak_roots);
  if (!ak_roots)
    return ak_roots.error();
  auto snp_roots = read_roots("trust.snpRoots", chosen_.snp_roots);
  if (!snp_roots)
    return snp_roots.error();
  auto intel_roots = read_roots("trust.intelRoots", chosen_.intel_roots);
  if (!intel_roots)
    return intel_roots.error();
  auto psa_roots = read_roots("trust.psaRoots", chosen_.psa_roots);
  if (!psa_roots)
    return psa_roots.error();
  auto snp_lists = read_revocation_lists("trust.snpRevocationLists", chosen_.snp_revocation_lists);
  if (!snp_lists)
    return snp_lists.error();
  rules_->anchors.metadata_roots = *std::move(metadata_roots);
  rules_->anchors.ak_roots = *std::move(ak_roots);
  rules_->anchors.snp_roots = *std::move(snp_roots);
  rules_->anchors.intel_roots = *std::move(intel_roots);
  rules_->anchors.psa_roots = *std::move(psa_roots);
  rules_->anchors.snp_revocation_lists = *std::move(snp_lists);
  auto status_roots = read_roots("trust.statusRoots", chosen_.status_roots);
  if (!status_roots)
    return status_roots.error();
  rules_->anchors.status_roots = *std::move(status_roots);
  if (!chosen_.allow_caller_roots
      && (rules_->anchors.metadata_roots.empty() || rules_->anchors.ak_roots.empty()))
    return error{errc::missing, "trust: metadataRoots and akRoots are needed, both"};
  auto policy = read_policy("policy", chosen_.policy);
  if (!policy)
    return policy.error();
  default_policy_ = policy->name;
  policies_.emplace(policy->name, std::make_shared<const appraisal::policy>(*policy));
  for (const auto& name : chosen_.caller_policies) {
    auto other = read_policy("callerPolicies", name);
    if (!other)
      return other.error();
    const auto one = std::make_shared<const appraisal::policy>(*other);
    if (!policies_.emplace(one->name, one).second && one->name != policy->name)
      return error{errc::conflict, "callerPolicies: two of name " + one->name};
  }
  auto scripts = read_scripts(chosen_);
  if (!scripts)
    return scripts.error();
  rules_->scripts = *std::move(scripts);
  auto issuer = chosen_.ear.read_issuer();
  if (!issuer)
    return issuer.error();
  rules_->issuer = *std::move(issuer);
  auto keys = chosen_.ear.read_keys(rules_->issuer);
  if (!keys)
    return keys.error();
  keys_ = *std::move(keys);
  return {};
}

std::size_t verifier_service::threads() const {
  return chosen_.workers;
}

result<void> verifier_service::start(node& on) {
  const auto stores = store::open_stores(chosen_.store,
                                         {.challenges = chosen_.max_challenges,
                                          .reports = {.bytes = chosen_.keep_reports_bytes}},
                                         chosen_.store_password_file);
  if (!stores)
    return stores.error();
  const auto policies = std::make_shared<actors::policy_book>(policies_, default_policy_,
                                                              stores->policies);
  rules_->policies = policies;
  const auto references = std::make_shared<actors::reference_book>(stores->references,
                                                                   rules_->anchors.metadata_roots);
  rules_->references = references;
  const auto note = [&on](const std::string& what) { on.log().error("memory", {{"what", what}}); };
  const actors::appraiser_memory memory{
    std::make_shared<actors::appraisal_memory>(actors::appraisal_memory_limits{}, system_now),
    std::make_shared<actors::version_book>(stores->versions, note),
    std::make_shared<actors::peer_cache>(actors::peer_cache_limits{}, stores->peers, note),
    std::make_shared<actors::report_archive>(
      stores->reports, std::chrono::seconds{chosen_.keep_reports_seconds}, note)};
  // Nothing that was kept outlives its time for a verifier's being down then, or keeping no more.
  if (const auto forgotten = stores->reports->expire(system_now()); !forgotten)
    note("reports: " + to_string(forgotten.error()));
  auto collateral = chosen_.collateral.supply(on, rules_->anchors);
  if (!collateral)
    return collateral.error();
  const actors::appraiser_ports appraiser_ports{
    appraisal::appraise,
    system_now,
    memory,
    [limits = chosen_.script_limits](std::string_view script, byte_view result) {
      return policy::run_script(script, result, limits);
    },
    [&on](std::string_view verdict, const protocol::appraisal_request& asked,
          const protocol::request_context& of) {
      on.log().info("appraisal", {{"verdict", std::string{verdict}},
                                  {"request", of.id},
                                  {"trace", http::trace_id(of.trace)},
                                  {"policy", asked.policy},
                                  {"challenge", asked.challenge_id},
                                  {"peer", asked.peer},
                                  {"kept", asked.kept},
                                  {"bytes", std::to_string(asked.report.size_bytes)}});
      on.figures().count("troth_appraisals_total", "Requests for an appraisal, by what came of it",
                         {{"verdict", std::string{verdict}}});
    },
    *collateral};
  const actors::appraiser_pool_ports pool_ports{
    [rules = rules_, appraiser_ports](caf::actor_system& system) {
      if (!rules->scripts.scripts.empty()) // it waits for their helper
        return system.spawn<caf::detached>(actors::appraiser, rules, appraiser_ports);
      return system.spawn(actors::appraiser, rules, appraiser_ports);
    },
    [&on](const caf::error& why) {
      on.log().error("appraiser.restarted", {{"why", caf::to_string(why)}});
      on.figures().count("troth_actor_restarts_total", "Actors that died and were replaced",
                         {{"actor", "appraiser"}});
    }};
  const auto pool
    = on.keep("appraisers", [=, &on, workers = chosen_.workers, waiting = chosen_.max_waiting] {
        return on.system().spawn(actors::appraiser_pool,
                                 actors::appraiser_pool_options{workers, waiting}, pool_ports);
      });
  const actors::verifier_options options{on.host_options(),
                                         std::chrono::seconds{chosen_.challenge_lifetime},
                                         chosen_.allow_caller_roots,
                                         chosen_.workers * chosen_.max_waiting};
  actors::verifier_ports ports{system_now, kernel_random, stores->challenges, pool, policies};
  if (!keys_.empty())
    ports.key_set = [keys = keys_](time_point now) { return write_key_set(keys, now); };
  ports.peers = memory.peers;
  ports.versions = memory.versions;
  ports.reports = memory.reports;
  ports.references = references;
  ports.anchors = [rules = rules_] { return actors::write_trust_anchors(rules->anchors); };
  ports.collateral = [depot = collateral->depot](time_point now) {
    return actors::write_collateral(*depot, now);
  };
  ports.outcomes = stores->outcomes;
  const auto verifier = on.keep("verifier", [=, &on] {
    return on.system().spawn<caf::detached>(actors::verifier, options, ports);
  });
  return on.publish(verifier);
}

} // namespace troth::services
