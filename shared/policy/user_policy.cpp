#include "shared/policy/user_policy.hpp"

#include "shared/codec/json.hpp"

#include <algorithm>

namespace troth::policy {

namespace {

using report::status;

constexpr std::string_view clause = "user policy, scripts";

void add(report::attestation_result& to, const user_script& script, const error* why) {
  const auto passes = why == nullptr;
  report::finding said;
  said.rule = script_rule;
  said.says = passes ? report::outcome::pass : report::outcome::fail;
  said.subject = script.name;
  said.expected = "true";
  said.clause = clause;
  if (!passes) {
    said.code = said.got = name(why->code);
    said.detail = why->where;
  }
  to.findings.push_back(std::move(said));
  if (passes)
    return;
  to.summary.says = status::fail;
  auto& codes = to.summary.error_codes;
  if (std::ranges::find(codes, report::error_code::verify_policies) == codes.end())
    codes.push_back(report::error_code::verify_policies);
}

/// Says no, as the script did.
void add_refusal(report::attestation_result& to, const user_script& script, std::string remarks) {
  const error why{errc{}, std::move(remarks)};
  add(to, script, &why);
  to.findings.back().code = script_rule;
  to.findings.back().got = "false";
}

/// Reads the status of a replacement. Whatever is not success or warn is a fail.
result<status> status_in(const std::string& replacement) {
  const auto parsed = codec::parse_json(replacement, {.max_bytes = replacement.size()});
  if (!parsed)
    return error{parsed.error().code, "replacement: " + parsed.error().where};
  const auto summary = parsed->find("summary");
  if (!parsed->is_object() || summary == parsed->end() || !summary->is_object()
      || !summary->contains("status"))
    return error{errc::malformed, "replacement: no summary.status"};
  const auto& said = (*summary)["status"];
  if (said == name(status::success))
    return status::success;
  return said == name(status::warn) ? status::warn : status::fail;
}

result<void> check(const std::string& replacement, status ours, replacing allowed) {
  if (allowed == replacing::refused)
    return error{errc::forbidden, "replacement: is not allowed"};
  const auto theirs = status_in(replacement);
  if (!theirs)
    return theirs.error();
  if (*theirs > ours)
    return error{errc::forbidden, "replacement: it would make the result better"};
  return {};
}

} // namespace

result<std::optional<std::string>> judge(report::attestation_result& value, const user_policies& by,
                                         const script_runner& run) {
  std::optional<std::string> replacement;
  for (const auto& script : by.scripts) {
    const auto json = replacement ? to_bytes(*replacement)
                                  : report::write_result(value, report::encoding::json);
    auto said = run(script.text, json);
    if (!said && said.error().code == errc::unavailable)
      return said.error();
    if (!said) {
      add(value, script, &said.error());
    } else if (!said->passes) {
      add_refusal(value, script, (*std::move(said)).remarks);
    } else if (!said->replacement) {
      add(value, script, nullptr);
    } else {
      const auto good = check(*said->replacement, value.summary.says, by.replaces);
      add(value, script, good ? nullptr : &good.error());
      if (good)
        replacement = (*std::move(said)).replacement;
    }
  }
  if (value.summary.says == status::fail && replacement && *status_in(*replacement) != status::fail)
    replacement.reset(); // it was made before another script said no
  return replacement;
}

} // namespace troth::policy
