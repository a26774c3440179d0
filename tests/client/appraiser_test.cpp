#include "shared/client/appraiser.hpp"

#include "shared/files/files.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/minted.hpp"
#include "tests/support/minted_machine.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace troth;
using namespace troth::testing;
using namespace troth::client;
using nlohmann::json;

namespace {

/// A folder with roots, and the options that name them.
struct in_folder {
  in_folder() {
    write("roots.pem", mint_root(ca_content("root")).certificate.pem());
    options.in_process = true;
    options.roots = path("roots.pem");
  }

  std::filesystem::path path(const std::string& file) const { return folder.path() / file; }

  void write(const std::string& file, const std::string& content) const {
    REQUIRE(files::write(path(file), to_bytes(content), files::access::everyone));
  }

  /// What a report of garbage gets.
  json appraise_garbage() const {
    const auto made = appraise_in_process(options, [] { return minted_now; });
    REQUIRE(made);
    const auto report = to_bytes("garbage");
    const auto result = (*made)({report, bytes(32, 1), std::nullopt}, report::face::json);
    REQUIRE(result);
    return json::parse(*result);
  }

  errc refusal() const {
    const auto made = appraise_in_process(options, [] { return minted_now; });
    REQUIRE(!made);
    return made.error().code;
  }

  temporary_folder folder;
  appraisal_options options;
};

} // namespace

TEST_SUITE_BEGIN("client/appraiser");

TEST_CASE("roots alone select cmc-compat, and the result names it and what was chosen") {
  const auto result = in_folder{}.appraise_garbage();
  CHECK(result["summary"]["status"] == "fail");
  CHECK(result["troth"]["policy"] == "cmc-compat");
  CHECK(result["troth"]["freshness"] == "caller");
  CHECK(result["troth"]["callerInputs"] == json{"roots"});
  CHECK(result["created"].get<std::string>().starts_with("2026-06-01T00:00:00"));
}

TEST_CASE("a time that was chosen is used and named") {
  in_folder in;
  in.options.time = minted_from;
  const auto result = in.appraise_garbage();
  CHECK(result["troth"]["callerInputs"] == json{"roots", "time"});
  CHECK(result["created"].get<std::string>().starts_with("2024-01-01T00:00:00"));
}

TEST_CASE("a policy is a name or a file") {
  in_folder in;
  in.options.policy = "default";
  CHECK(in.appraise_garbage()["troth"]["policy"] == "default");
  in.write("policy.json", R"({"base": "cmc-compat", "name": "mine"})");
  in.options.policy = in.path("policy.json");
  CHECK(in.appraise_garbage()["troth"]["policy"] == "mine");
}

TEST_CASE("a question may come with a policy of its own, by name or in JSON") {
  in_folder in;
  const auto made = appraise_in_process(in.options, [] { return minted_now; });
  REQUIRE(made);
  const auto report = to_bytes("garbage");
  const auto policy_of = [&](const std::string& asked) {
    const auto told = (*made)({report, bytes(32, 1), std::nullopt, asked}, report::face::json);
    return told ? json::parse(*told)["troth"]["policy"].get<std::string>()
                : std::string{name(told.error().code)};
  };
  CHECK(policy_of("") == "cmc-compat");
  CHECK(policy_of("default") == "default");
  CHECK(policy_of(R"({"base": "default", "name": "mine"})") == "mine");
  CHECK(policy_of("nobody's") == "not_found");
  CHECK(policy_of(R"({"base": "default", "name": "mine", "leniency": 1})") == "unknown_key");
}

TEST_CASE("a gateway is told the question's policy by name") {
  gateway asked;
  std::string told;
  asked.request_appraisal = [&](const appraisal_request& of, report::face) -> result<bytes> {
    told = of.policy;
    return bytes{};
  };
  const auto made = appraise_at_gateway({}, asked);
  REQUIRE(made);
  CHECK((*made)({{}, bytes(32, 1), std::nullopt, "strict"}, report::face::json));
  CHECK(told == "strict");
  const auto refused = (*made)({{}, bytes(32, 1), std::nullopt, "{}"}, report::face::json);
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::unsupported);
}

TEST_CASE("a peer is judged under the policy of its connection") {
  in_folder in;
  const auto made = appraise_in_process(in.options, [] { return minted_now; });
  REQUIRE(made);
  const auto told
    = judge_by(*made)({to_bytes("garbage"), bytes(32, 1), {}, {}, to_bytes("default")});
  REQUIRE(told);
  CHECK(json::parse(*told)["troth"]["policy"] == "default");
}

TEST_CASE("separate roots do not select cmc-compat") {
  in_folder in;
  in.options.metadata_roots = in.options.ak_roots = in.options.roots;
  in.options.roots.clear();
  CHECK(in.appraise_garbage()["troth"]["policy"] == "default");
}

TEST_CASE("each role has its own roots, or those of all") {
  const machine good = [] {
    machine out;
    out.status = [](const auto& digests) {
      report::omsp_response response;
      response.server = "https://status.example";
      response.produced_at = minted_now;
      for (const auto& [name, digest] : digests)
        response.responses.push_back({digest,
                                      report::manifest_status::good,
                                      minted_now,
                                      minted_now + std::chrono::hours{1},
                                      {},
                                      {}});
      return std::vector{response};
    };
    for (auto& each : out.manifests)
      each.omsp_server = "https://status.example";
    return out;
  }();
  in_folder in;
  in.write("metadata.pem", good.metadata_ca.certificate.pem());
  in.write("ak.pem", good.ak_ca.certificate.pem());
  in.write("status.pem", good.status_ca.certificate.pem());
  in.write("all.pem", good.metadata_ca.certificate.pem() + good.ak_ca.certificate.pem()
                        + good.status_ca.certificate.pem());
  in.options.policy = "default";
  const auto verdict = [&](const char* all, const char* metadata, const char* ak,
                           const char* status) {
    for (const auto& [file, into] : {std::pair{all, &in.options.roots},
                                     {metadata, &in.options.metadata_roots},
                                     {ak, &in.options.ak_roots},
                                     {status, &in.options.status_roots}})
      *into = *file == 0 ? std::filesystem::path{} : in.path(file);
    const auto made = appraise_in_process(in.options, [] { return minted_now; });
    REQUIRE(made);
    const auto told = (*made)({good.report(), good.nonce, std::nullopt}, report::face::json);
    REQUIRE(told);
    return json::parse(*told)["summary"]["status"].get<std::string>();
  };
  CHECK(verdict("all.pem", "", "", "") == "success");
  CHECK(verdict("", "metadata.pem", "ak.pem", "status.pem") == "success");
  CHECK(verdict("all.pem", "metadata.pem", "", "") == "success");
  CHECK(verdict("", "metadata.pem", "ak.pem", "") == "fail");
  CHECK(verdict("", "metadata.pem", "ak.pem", "metadata.pem") == "fail");
  CHECK(verdict("all.pem", "", "", "ak.pem") == "fail");
  CHECK(verdict("all.pem", "ak.pem", "", "") == "fail");
}

TEST_CASE("what an appraisal cannot start from is refused") {
  struct row {
    std::string what;
    errc code;
    void (*spoil)(in_folder&);
  };
  const row rows[] = {
    {"no roots", errc::missing, [](in_folder& in) { in.options.roots.clear(); }},
    {"half of the roots", errc::missing,
     [](in_folder& in) { in.options.metadata_roots = std::exchange(in.options.roots, {}); }},
    {"roots that are not there", errc::not_found,
     [](in_folder& in) { in.options.roots = in.path("nowhere"); }},
    {"roots that are none", errc::malformed,
     [](in_folder& in) {
       in.write("empty.pem", "");
       in.options.roots = in.path("empty.pem");
     }},
    {"an unknown policy", errc::not_found, [](in_folder& in) { in.options.policy = "lax"; }},
    {"a policy file that is not there", errc::not_found,
     [](in_folder& in) { in.options.policy = in.path("lax.json"); }},
    {"a policy that is none", errc::malformed,
     [](in_folder& in) {
       in.write("policy.json", "[]");
       in.options.policy = in.path("policy.json");
     }},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    in_folder in;
    row.spoil(in);
    CHECK(name(in.refusal()) == name(row.code));
  }
}

TEST_CASE("in-process there are no challenges") {
  const in_folder in;
  const auto made = appraise_in_process(in.options, [] { return minted_now; });
  REQUIRE(made);
  CHECK((*made)({{}, std::nullopt, "c1"}, report::face::json).error().code == errc::unsupported);
}

TEST_SUITE_END();
