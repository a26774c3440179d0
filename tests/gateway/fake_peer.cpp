// `fake-peer verifier|prover|est FLAG...`: a real process of that role, but for its actor, which
// answers as the request says. What stands for itself is in `policy` or else the nonce, or the
// common name of a TLS key:
//
//   error-CODE         that error of ours
//   hold it for ever   no answer
//   large answer       one of 3 MiB
//   huge answer        one of 12 MiB

#include "actors/host.hpp"
#include "actors/outcome_desk.hpp"
#include "actors/reference_book.hpp"
#include "services/ports.hpp"
#include "services/run.hpp"
#include "shared/attesting/metadata_set.hpp"
#include "shared/base/base64.hpp"
#include "shared/protocol/error.hpp"
#include "shared/report/report.hpp"
#include "shared/store/memory_outcome_store.hpp"
#include "shared/store/memory_reference_store.hpp"
#include "tests/gateway/fake_keys.hpp"

#include <caf/all.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace troth;
using namespace troth::protocol;

constexpr std::size_t mebibyte = std::size_t{1024} * 1024;

/// Returns the error that a script asks for.
std::optional<caf::error> scripted_error(const std::string& script) {
  constexpr std::string_view prefix = "error-";
  if (!script.starts_with(prefix))
    return std::nullopt;
  for (unsigned code = 1; code < 256; ++code)
    if (const auto known = static_cast<errc>(code);
        !name(known).empty() && name(known) == script.substr(prefix.size()))
      return to_caf({known, "as the script says"});
  return to_caf({errc::internal, "no such code"});
}

std::string encoded(const nlohmann::json& value, const std::string& media_type) {
  if (media_type == "application/json")
    return value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (media_type == "application/eat+jwt") // the look of one
    return base64url(to_bytes(value.dump()));
  const auto cbor = nlohmann::json::to_cbor(value);
  return {cbor.begin(), cbor.end()};
}

struct state {
  std::vector<caf::typed_response_promise<payload>> held;
  std::set<std::string> challenges;
};

caf::result<payload> answer(caf::scheduled_actor* self, const std::shared_ptr<state>& now,
                            actors::host& own, const std::string& script,
                            const std::string& media_type, std::string body) {
  if (auto why = scripted_error(script))
    return *std::move(why);
  if (script == "hold it for ever") {
    now->held.push_back(self->make_response_promise<payload>());
    return now->held.back();
  }
  if (script == "large answer")
    body.assign(3 * mebibyte, 'x');
  if (script == "huge answer")
    body.assign(12 * mebibyte, 'x');
  return own.give(media_type, std::move(body));
}

verifier_actor::behavior_type fake_verifier(verifier_actor::pointer self,
                                            const actors::host_options& options) {
  const auto own = std::make_shared<actors::host>(self, options, services::kernel_random);
  const auto now = std::make_shared<state>();
  const auto outcomes = std::make_shared<store::memory_outcome_store>(store::outcome_limits{});
  return actors::hosted<verifier_actor>(
    own,
    [] {
      return readiness{true, {}};
    },
    [=](challenge_atom, const request_context&) {
      const auto id = base64url(*services::kernel_random(16));
      now->challenges.insert(id);
      return challenge{id, blob(32, '\x01'), "2030-01-01T00:00:00Z"};
    },
    [=](appraise_atom, appraisal_request& asked,
        const request_context& of) -> caf::result<payload> {
      const auto media_type = asked.report.media_type;
      const auto body = own->take(std::move(asked.report));
      if (!body)
        return to_caf(body.error());
      if (!asked.challenge_id.empty() && now->challenges.erase(asked.challenge_id) == 0)
        return to_caf({errc::no_challenge, "challenge.id: unknown, used or expired"});
      if (asked.roots == "forbidden" || asked.time == "2001-01-01T00:00:00Z")
        return to_caf({errc::forbidden, "roots, time: are not taken from callers here"});
      const auto& script = asked.policy.empty() ? asked.nonce : asked.policy;
      return answer(self, now, *own, script, asked.accept,
                    encoded({{"type", "Attestation Result"},
                             {"reportBytes", body->size()},
                             {"reportBegins", body->substr(0, 16)},
                             {"mediaType", media_type},
                             {"nonce", base64(to_bytes(asked.nonce))},
                             {"policy", asked.policy},
                             {"policyDocument", asked.policy_document},
                             {"roots", asked.roots},
                             {"time", asked.time},
                             {"request", of.id},
                             {"trace", of.trace},
                             {"peer", asked.peer},
                             {"hasDeadline", asked.deadline_ms > 0}},
                            asked.accept));
    },
    [](known_atom, const std::string& peer, const request_context&) {
      return peer.empty() ? known_items{} : known_items{{peer}};
    },
    [](keys_atom, const request_context&) {
      const std::string keys = R"({"keys":[]})";
      return payload{"application/jwk-set+json", keys, {}, keys.size()};
    },
    [=](outcome_atom, outcome_request& asked, const request_context&) {
      return actors::keep_outcome(*own, *outcomes, asked, services::system_now());
    },
    [=](references_atom, const request_context&) -> caf::result<payload> {
      return own->give("application/json", R"({"values":[]})");
    },
    [=](references_atom, const reference_request& asked,
        const request_context&) -> caf::result<payload> {
      if (asked.action != reference_action::add)
        return own->give("application/json", R"({"values":[]})");
      actors::reference_book book{std::make_shared<store::memory_reference_store>(1), {}};
      const auto added = book.manage(asked, services::system_now());
      return added ? own->give("application/json", *added) : to_caf(added.error());
    },
    [=](anchors_atom, const request_context&) {
      return own->give("application/json", R"({"anchors":[]})");
    },
    [=](collateral_atom, const request_context&) {
      return own->give("application/json", R"({"items":[]})");
    },
    [](policies_atom, const request_context&) {
      const std::string policies = R"({"default":"default","policies":[]})";
      return payload{"application/json", policies, {}, policies.size()};
    },
    [=](policies_atom, const policy_request& asked,
        const request_context&) -> caf::result<payload> {
      if (auto why = scripted_error(asked.name))
        return *std::move(why);
      if (asked.action == policy_action::put && !nlohmann::json::accept(asked.document))
        return to_caf({errc::truncated, "policy"});
      nlohmann::json told{{"name", asked.name}, {"version", asked.version}};
      if (asked.action != policy_action::get)
        told = {{"default", asked.is_default ? asked.name : "default"},
                {"policies",
                 {{{"name", asked.name},
                   {"version", asked.version},
                   {"digest", std::string(64, '0')},
                   {"source", "store"},
                   {"active", asked.action == policy_action::activate},
                   {"created", "2030-01-01T00:00:00Z"},
                   {"author", asked.author}}}}};
      return own->give("application/json", encoded(told, "application/json"));
    });
}

est_actor::behavior_type fake_est(est_actor::pointer self, const actors::host_options& options) {
  const auto own = std::make_shared<actors::host>(self, options, services::kernel_random);
  return actors::hosted<est_actor>(
    own,
    [] {
      return readiness{true, {}};
    },
    [](enrol_atom, const enrol_request&, const request_context&) -> caf::result<enrol_response> {
      return to_caf({errc::untrusted, "ek"});
    },
    [](challenge_atom, const request_context&) {
      return challenge{"id", "nonce", "2026-11-24T09:43:36Z"};
    },
    [](enrol_atom, const key_enrol_request&, const request_context&) -> caf::result<payload> {
      return to_caf({errc::untrusted, "report"});
    },
    [](ca_atom, const request_context&) {
      return payload{"application/pem-certificate-chain", "ca", {}, 2};
    },
    [](metadata_atom, const request_context&) { return std::vector<metadata_entry>{}; },
    [](metadata_atom, const std::string& digest, const request_context&) {
      return payload{"application/jose+json", digest, {}, digest.size()};
    },
    [=](metadata_atom, metadata_request& asked, const request_context&) -> caf::result<payload> {
      const auto item = own->take(std::move(asked.item));
      if (!item)
        return to_caf(item.error());
      if (asked.action == metadata_action::add)
        if (const auto read = attesting::read_signed_item(to_bytes(*item)); !read)
          return to_caf(read.error());
      if (asked.action == metadata_action::get)
        return payload{"application/jose+json", "{}", {}, 2};
      const std::string items = R"({"items":[]})";
      return payload{"application/json", items, {}, items.size()};
    });
}

prover_actor::behavior_type fake_prover(prover_actor::pointer self,
                                        const actors::host_options& options) {
  const auto own = std::make_shared<actors::host>(self, options, services::kernel_random);
  const auto now = std::make_shared<state>();
  const auto keys = std::make_shared<testing::fake_keys>();
  return actors::hosted<prover_actor>(
    own,
    [] {
      return readiness{true, {}};
    },
    [=](attest_atom, const attest_request& asked, const request_context&) {
      return answer(self, now, *own, asked.nonce, "application/" + asked.encoding,
                    "report for " + asked.nonce
                      + (asked.cached.empty() ? "" : " without " + asked.cached.front()));
    },
    [](measure_atom, const blob& container, const request_context&) -> caf::result<payload> {
      const auto read = report::parse_component(to_bytes(container));
      if (!read || !read->container)
        return to_caf({errc::missing, "event.ctrData"});
      if (read->name == "unwanted")
        return to_caf({errc::conflict, "event.hashes: not of event.ctrData"});
      return payload{"application/cbor", container, {}, container.size()};
    },
    [](update_atom, const std::string& what, const request_context&) {
      return readiness{what == "metadata", "est: gone"};
    },
    [=](tls_keys_atom, const tls_key_request& asked,
        const request_context&) -> caf::result<payload> {
      if (auto why = scripted_error(asked.common_name))
        return *std::move(why);
      const auto answered = keys->answer(asked);
      return answered ? caf::result<payload>{*answered} : to_caf(answered.error());
    });
}

class fake_peer final : public services::service {
public:
  explicit fake_peer(std::string role) : role_(std::move(role)) {
    // nop
  }
  void define(services::configuration&) override {}
  result<void> prepare(const services::common_options&) override { return {}; }
  std::size_t threads() const override { return 1; }
  result<void> start(services::node& on) override {
    if (role_ == protocol::role::prover)
      return on.publish(
        on.keep("fake", [&on] { return on.system().spawn(fake_prover, on.host_options()); }));
    if (role_ == protocol::role::est)
      return on.publish(
        on.keep("fake", [&on] { return on.system().spawn(fake_est, on.host_options()); }));
    return on.publish(
      on.keep("fake", [&on] { return on.system().spawn(fake_verifier, on.host_options()); }));
  }

private:
  std::string role_;
};

} // namespace

int main(int argc, char** argv) {
  const std::string role = argc > 1 ? argv[1] : "";
  const services::identity who{
    {role, "Answers as it is told.", "0"}, role, {protocol::role::gateway}, {}};
  fake_peer what{role};
  return services::run(argc - 1, argv + 1, who, {}, what);
}
