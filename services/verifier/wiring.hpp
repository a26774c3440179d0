#pragma once

#include "actors/appraiser.hpp"
#include "services/run.hpp"
#include "shared/crypto/jwk.hpp"
#include "shared/report/faces.hpp"
#include "shared/store/report_store.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troth::services {

/// A public key of tokens, and when it is told no more: none that signs, or has no end.
struct listed_key {
  crypto::named_key key;
  std::optional<time_point> until;
};

/// Writes the JWK set of the keys that are told at `now`.
std::string write_key_set(const std::vector<listed_key>& keys, time_point now);

/// How the verifier signs what it found: `signing.cpp`.
struct ear_configuration {
  std::string signing_key; ///< PEM file; empty: no tokens.
  std::vector<std::string> retired_keys;
  std::string profile{report::ietf_profile};
  std::string issuer;
  std::vector<std::string> audience;
  std::uint64_t lifetime = 300;

  void define(configuration& keys);

  /// Reads the signing key; nothing if there is none.
  /// @returns `io`; `malformed` for what is no key; `missing` for retired keys without a new one.
  result<std::optional<report::ear_issuer>> read_issuer() const;

  /// Returns the public half of the signing key and those before it; none if nothing is signed.
  /// @returns as above; `conflict` for one key twice.
  result<std::vector<listed_key>> read_keys(const std::optional<report::ear_issuer>& by) const;
};

/// Where the verifier finds what vendors say of their silicon: `collateral.cpp`.
struct collateral_configuration {
  std::string folder;
  std::string amd;
  std::string intel;
  std::string intel_root_list;
  std::string update = "standard";
  std::uint64_t evaluation_number = 0;
  std::uint64_t patience = 10;

  void define(configuration& keys);

  /// Opens the depot, reads in what is there, and starts who fetches what is not.
  /// @returns `malformed` for an address that is none.
  result<actors::collateral_supply> supply(node& on, const endorsement::trust_anchors& trust) const;
};

/// What the owner of a verifier configures.
struct verifier_configuration {
  std::vector<std::string> metadata_roots;
  std::vector<std::string> ak_roots;
  std::vector<std::string> snp_roots;
  std::vector<std::string> intel_roots;
  std::vector<std::string> psa_roots;
  std::vector<std::string> snp_revocation_lists;
  std::vector<std::string> status_roots;
  collateral_configuration collateral;
  std::string policy = "default";
  std::vector<std::string> caller_policies;
  bool allow_caller_roots = false;
  std::uint64_t challenge_lifetime = 300;
  std::uint64_t max_challenges = 100'000;
  std::uint64_t max_waiting = 64;
  std::uint64_t workers = 0;
  std::string store;
  std::string store_password_file;
  std::uint64_t keep_reports_seconds = 0;
  std::uint64_t keep_reports_bytes = store::report_limits{}.bytes;
  ear_configuration ear;
  std::vector<std::string> script_files;
  bool script_overwrite = false;
  policy::script_limits script_limits;
};

/// The verifier: a store of challenges, a pool of appraisers, one published actor.
class verifier_service final : public service {
public:
  void define(configuration& keys) override;
  result<void> prepare(const common_options& chosen) override;
  std::size_t threads() const override;
  result<void> start(node& on) override;

private:
  verifier_configuration chosen_;
  std::shared_ptr<actors::appraiser_rules> rules_;
  std::vector<listed_key> keys_;
  std::string default_policy_;
  actors::policy_book::policies policies_;
};

} // namespace troth::services
