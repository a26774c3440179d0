#pragma once

#include "actors/key_desk.hpp"
#include "services/configuration.hpp"
#include "services/http/listener.hpp"
#include "services/node.hpp"
#include "services/run.hpp"
#include "shared/crypto/certificate.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace troth::services {

/// The part of an EST server that certifies the TLS keys of machines whose reports a verifier lets
/// pass.
class tls_key_service {
public:
  void define(configuration& keys);

  /// @param ak_cas whose word it is what a machine is called.
  /// @returns `missing`, `malformed`, `conflict`; what reading a file returns.
  result<void> prepare(const std::vector<crypto::certificate>& ak_cas,
                       const std::filesystem::path& state);

  std::vector<dialled_address> dials() const;

  bool is_on() const noexcept { return authority_ != nullptr; }

  /// Spawns the peer that stands for the verifiers. @pre `is_on()`
  actors::key_desk_ports start(node& on) const;

  /// Serves enrolment by HTTPS, if there is an address. @returns `io`.
  result<void> serve(node& on, const protocol::est_actor& est) const;

private:
  result<void> check_door() const;
  result<actors::key_ca> load_ca(const std::vector<crypto::certificate>& ak_cas) const;

  std::string certificate_;
  std::string key_;
  std::vector<std::string> verifiers_;
  std::string policy_;
  bool accepts_warnings_ = false;
  bool takes_software_keys_ = true;
  std::vector<std::string> names_{"{machine}"};
  std::vector<std::string> addresses_;
  std::uint64_t lifetime_seconds_ = 2'592'000;
  std::string listen_;
  http::tls_files tls_;
  std::shared_ptr<actors::key_authority> authority_;
};

} // namespace troth::services
