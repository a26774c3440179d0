#include "shared/client/gateway_attester.hpp"

#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace troth::client {

namespace {

using nlohmann::json;

/// Returns a member, or null: a result may come over a network.
const json& member_of(const json& object, const char* key) {
  static const json absent;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : absent;
}

bool says(const json& object, const char* key, std::string_view what) {
  const auto& value = member_of(object, key);
  return value.is_string() && value.get_ref<const std::string&>() == what;
}

/// Names the rules that failed, each once.
std::string rules_that_failed(const json& findings) {
  std::vector<std::string> rules;
  for (const auto& each : findings)
    if (says(each, "outcome", "fail") && member_of(each, "rule").is_string()
        && std::ranges::find(rules, each["rule"].get<std::string>()) == rules.end())
      rules.push_back(each["rule"].get<std::string>());
  std::string out;
  for (const auto& each : rules)
    out += (out.empty() ? "" : ", ") + each;
  return out;
}

/// Names who signed evidence with a key that the appraisal found certified.
std::vector<std::string> signers_of(const json& measurements) {
  std::vector<std::string> out;
  for (const auto& each : measurements) {
    const auto& signature = member_of(each, "signature");
    const auto& chains = member_of(signature, "certs");
    if (!says(member_of(signature, "certChainValidation"), "status", "success")
        || !says(member_of(signature, "signatureVerification"), "status", "success")
        || !chains.is_array() || chains.empty() || !chains[0].is_array() || chains[0].empty())
      continue;
    const auto& name = member_of(member_of(chains[0][0], "subject"), "commonName");
    if (name.is_string())
      out.push_back(name.get<std::string>());
  }
  return out;
}

error stopped() {
  return {errc::unavailable, "the attester was stopped"};
}

} // namespace

report_judge judge_at(gateway asked) {
  return [asked = std::move(asked)](const atls::appraisal_order& order) {
    return asked.request_appraisal(
      {order.report, std::nullopt, order.nonce, to_text(order.policies), {}, {}, order.peer},
      report::face::json);
  };
}

result<atls::appraised> read_appraised(bytes result) {
  const auto parsed = json::parse(result.begin(), result.end(), nullptr, false);
  if (!parsed.is_object())
    return error{errc::malformed, "result: not a JSON object"};
  const auto& summary = member_of(parsed, "summary");
  atls::appraised out;
  out.is_trusted = says(summary, "status", "success") || says(summary, "status", "warn");
  out.reason = rules_that_failed(member_of(member_of(parsed, "troth"), "findings"));
  out.signers = signers_of(member_of(parsed, "measurements"));
  out.result = std::move(result);
  return out;
}

gateway_attester::gateway_attester(gateway asked, report_judge judge, report::encoding reports_as,
                                   peer_metadata keeps)
  : gateway_(std::move(asked)), judge_(std::move(judge)), reports_as_(reports_as), keeps_(keeps) {
  // nop
}

gateway_attester::~gateway_attester() {
  stop();
}

void gateway_attester::stop() {
  is_stopped_ = true;
  worker_.stop();
  worker_.join();
}

void gateway_attester::find_cached(const std::string& peer, answer<std::vector<std::string>> then) {
  if (keeps_ == peer_metadata::wanted || !gateway_.find_cached || is_stopped_)
    return then(std::vector<std::string>{});
  boost::asio::post(worker_, [this, peer, then = std::move(then)] {
    auto found = gateway_.find_cached(peer);
    then(found ? *std::move(found) : std::vector<std::string>{}); // then all of it comes
  });
}

void gateway_attester::attest(const bytes& nonce, const std::vector<std::string>& cached,
                              answer<bytes> then) {
  if (is_stopped_)
    return then(stopped());
  boost::asio::post(worker_, [this, nonce, cached, then = std::move(then)] {
    then(gateway_.request_report({nonce, reports_as_, cached}));
  });
}

void gateway_attester::appraise(const atls::appraisal_order& asked, answer<atls::appraised> then) {
  if (is_stopped_)
    return then(stopped());
  boost::asio::post(worker_, [this, asked, then = std::move(then)] {
    auto found = judge_(asked);
    then(found ? read_appraised(*std::move(found)) : error{found.error()});
  });
}

} // namespace troth::client
