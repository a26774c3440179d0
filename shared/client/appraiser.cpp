#include "shared/client/appraiser.hpp"

#include "shared/appraisal/appraise.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/files/files.hpp"
#include "shared/report/envelope.hpp"

#include <memory>

namespace troth::client {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_roots = std::size_t{4} * 1024 * 1024;
constexpr std::size_t max_key = std::size_t{64} * 1024;
constexpr std::size_t max_policy = std::size_t{1024} * 1024;

/// All of an appraisal but the report.
struct foundation {
  appraisal::policy rules;
  endorsement::trust_anchors anchors;
  std::vector<std::string> caller_inputs;
  std::optional<report::ear_issuer> issuer;
  policy::user_policies scripts;
  policy::script_runner run_script;
};

std::string policy_name(const appraisal_options& options) {
  if (!options.policy.empty() || options.roots.empty())
    return options.policy;
  return std::string{appraisal::cmc_compat};
}

bool is_file_name(const std::string& policy) {
  return policy.find('/') != std::string::npos || policy.ends_with(".json");
}

error in_file(const error& why, const fs::path& file) {
  return {why.code, file.string() + ": " + why.where};
}

result<appraisal::policy> load_policy(const std::string& name) {
  if (!is_file_name(name))
    return appraisal::built_in_policy(name.empty() ? "default" : name);
  const auto text = files::read(name, max_policy);
  if (!text)
    return text.error();
  auto parsed = appraisal::parse_policy(to_text(*text));
  if (!parsed)
    return in_file(parsed.error(), name);
  return parsed;
}

result<std::vector<crypto::certificate>> load_certificates(const fs::path& file) {
  const auto pem = files::read(file, max_roots);
  if (!pem)
    return pem.error();
  auto parsed = crypto::certificate::from_pem(to_text(*pem));
  if (!parsed)
    return in_file(parsed.error(), file);
  return parsed;
}

/// Reads the roots of one role: its own, else those of all roles; none if there are none.
result<std::vector<crypto::certificate>> load_role(const fs::path& own,
                                                   const std::vector<crypto::certificate>& all) {
  return own.empty() ? all : load_certificates(own);
}

result<endorsement::trust_anchors> load_anchors(const appraisal_options& options) {
  if (options.roots.empty() && (options.metadata_roots.empty() || options.ak_roots.empty()))
    return error{errc::missing,
                 "roots: of all roles, or those of metadata and of attestation keys"};
  const auto all = load_role(options.roots, {});
  if (!all)
    return all.error();
  auto metadata = load_role(options.metadata_roots, *all);
  if (!metadata)
    return metadata.error();
  auto ak = load_role(options.ak_roots, *all);
  if (!ak)
    return ak.error();
  auto status = load_role(options.status_roots, *all);
  if (!status)
    return status.error();
  endorsement::trust_anchors out{*std::move(metadata), *std::move(ak)};
  out.status_roots = *std::move(status);
  out.snp_roots = out.intel_roots = out.psa_roots = *all; // silicon's beside those that are pinned
  return out;
}

result<std::optional<report::ear_issuer>> load_issuer(const appraisal_options& options) {
  if (options.signing_key.empty())
    return std::optional<report::ear_issuer>{};
  const auto pem = files::read(options.signing_key, max_key);
  if (!pem)
    return pem.error();
  auto key = crypto::private_key::from_pem(to_text(*pem));
  if (!key)
    return in_file(key.error(), options.signing_key);
  auto id = crypto::thumbprint(key->public_half());
  report::ear_options told;
  told.profile = options.ear_profile;
  told.build = options.build;
  told.chosen = report::caller_inputs::accepted;
  return std::optional{report::ear_issuer{{*std::move(key), std::move(id)}, std::move(told)}};
}

result<policy::user_policies> load_scripts(const appraisal_options& options) {
  policy::user_policies out;
  out.replaces = options.scripts_may_replace ? policy::replacing::allowed
                                             : policy::replacing::refused;
  for (const auto& file : options.scripts) {
    const auto text = files::read(file, max_policy);
    if (!text)
      return text.error();
    out.scripts.push_back({file.filename(), to_text(*text)});
  }
  return out;
}

result<appraisal::policy> rules_for(const question& asked, const foundation& by) {
  if (asked.policy.empty())
    return by.rules;
  return asked.policy.starts_with('{') ? appraisal::parse_policy(asked.policy)
                                       : appraisal::built_in_policy(asked.policy);
}

result<bytes> tell(report::attestation_result& result, report::face as, const foundation& by) {
  const auto replacement = policy::judge(result, by.scripts, by.run_script);
  if (!replacement)
    return replacement.error();
  if (!*replacement)
    return report::write_face(result, as, by.issuer ? &*by.issuer : nullptr);
  if (as != report::face::json)
    return error{errc::unsupported, "a script replaced the result, by JSON"};
  return to_bytes(**replacement);
}

} // namespace

result<appraiser> appraise_in_process(const appraisal_options& options,
                                      std::function<time_point()> now) {
  auto rules = load_policy(policy_name(options));
  if (!rules)
    return rules.error();
  auto anchors = load_anchors(options);
  if (!anchors)
    return anchors.error();
  auto issuer = load_issuer(options);
  if (!issuer)
    return issuer.error();
  auto scripts = load_scripts(options);
  if (!scripts)
    return scripts.error();
  auto base = std::make_shared<foundation>(
    foundation{*std::move(rules),
               *std::move(anchors),
               {"roots"},
               *std::move(issuer),
               *std::move(scripts),
               [limits = options.script_limits](auto script, auto json) {
                 return policy::run_script(script, json, limits);
               }});
  if (options.time) {
    base->caller_inputs.emplace_back("time");
    now = [time = *options.time] { return time; };
  }
  return appraiser{[base, now](const question& asked, report::face as) -> result<bytes> {
    if (!asked.nonce)
      return error{errc::unsupported, "in-process a challenge has no id: give the nonce"};
    const auto chosen = rules_for(asked, *base);
    if (!chosen)
      return chosen.error();
    const auto when = now();
    const auto inner = report::unwrap_report(asked.report, when);
    if (!inner)
      return inner.error();
    const auto report = *inner ? byte_view{**inner} : asked.report;
    auto out = appraisal::appraise({report, *asked.nonce, *chosen, base->anchors, when});
    out.freshness_source = "caller";
    out.caller_inputs = base->caller_inputs;
    return tell(out, as, *base);
  }};
}

result<appraiser> appraise_at_gateway(const appraisal_options& options, gateway asked) {
  if (is_file_name(options.policy))
    return error{errc::unsupported, "a gateway knows policies by name: " + options.policy};
  if (!options.scripts.empty())
    return error{errc::unsupported, "a gateway's verifiers have scripts of their own"};
  if (!options.signing_key.empty())
    return error{errc::unsupported, "a gateway's verifiers sign with a key of their own"};
  if (!options.metadata_roots.empty() || !options.ak_roots.empty() || !options.status_roots.empty())
    return error{errc::unsupported, "a gateway takes roots of all roles only"};
  std::string roots;
  if (!options.roots.empty()) {
    const auto pem = files::read(options.roots, max_roots);
    if (!pem)
      return pem.error();
    roots = to_text(*pem);
  }
  const auto time = options.time ? format_time_ns(*options.time) : std::string{};
  return appraiser{[asked = std::move(asked), named = policy_name(options), roots,
                    time](const question& put, report::face as) -> result<bytes> {
    if (put.policy.starts_with('{'))
      return error{errc::unsupported, "a gateway knows policies by name"};
    return asked.request_appraisal({put.report, put.challenge_id, put.nonce,
                                    put.policy.empty() ? named : put.policy, roots, time, put.peer},
                                   as);
  }};
}

result<appraiser> open_appraiser(const appraisal_options& options,
                                 const std::function<result<gateway>()>& connect,
                                 std::function<time_point()> now) {
  if (options.in_process)
    return appraise_in_process(options, std::move(now));
  auto asked = connect();
  if (!asked)
    return asked.error();
  return appraise_at_gateway(options, *std::move(asked));
}

report_judge judge_by(appraiser with) {
  return [with = std::move(with)](const atls::appraisal_order& order) {
    return with({order.report, order.nonce, std::nullopt, to_text(order.policies), order.peer},
                report::face::json);
  };
}

} // namespace troth::client
