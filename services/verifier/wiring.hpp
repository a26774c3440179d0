#pragma once

#include "actors/appraiser.hpp"
#include "services/run.hpp"
#include "shared/store/challenge_store.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace troth::services {

/// What the owner of a verifier configures.
struct verifier_configuration {
  std::vector<std::string> metadata_roots;
  std::vector<std::string> ak_roots;
  std::vector<std::string> snp_roots;
  std::vector<std::string> intel_roots;
  std::vector<std::string> snp_revocation_lists;
  std::vector<std::string> status_roots;
  std::string policy = "default";
  std::vector<std::string> caller_policies;
  bool allow_caller_roots = false;
  std::uint64_t challenge_lifetime = 300;
  std::uint64_t max_challenges = 100'000;
  std::uint64_t max_waiting = 64;
  std::uint64_t workers = 0;
  std::string store;
  std::string store_password_file;
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
  std::filesystem::path state_;
  std::shared_ptr<actors::appraiser_rules> rules_;
  std::shared_ptr<store::challenge_store> challenges_;
};

} // namespace troth::services
