#pragma once

#include "shared/device/container_log.hpp"
#include "shared/device/tpm.hpp"
#include "shared/endorsement/log_components.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace troth::device {

/// One register of one bank.
struct measured_register {
  std::uint32_t pcr;
  hash_algorithm bank;
};

/// The log of containers of a machine with a TPM: each is in the log and in a register, or in
/// neither, and where a crash or somebody else made them differ, that is found and said.
///
/// An event goes into the log as open, then into the register, then the log closes it. Whoever
/// asked is told last, so a container whose event was never closed was never said to be measured.
class container_register {
public:
  container_register(std::filesystem::path file, std::string boot, measured_register into,
                     std::function<void(const std::string& what)> note)
    : file_(std::move(file)), boot_(std::move(boot)), register_(into), note_(std::move(note)) {
    // nop
  }

  /// Brings the log to what the register holds: called for each new connection, so at each start.
  /// @returns `io`, `malformed`. That both differ is no failure here but `trouble`: verifiers must
  ///          see it.
  result<void> settle(tpm& at);

  /// Measures a container. @pre `settle` succeeded
  /// @returns as `anchor::measure`; `io` if a new connection must settle what became of it;
  ///          `conflict` while there is trouble.
  result<report::component> measure(tpm& at, const report::component& container);

  /// Returns the closed events, and where they belong.
  std::vector<endorsement::pcr_component> components() const;

  /// Returns why log and register are not one; empty: they are.
  const std::string& trouble() const noexcept { return trouble_; }

private:
  result<digest> held(tpm& at) const;
  result<digest> logged(std::size_t events) const;
  result<void> settle_with(const digest& value);

  std::filesystem::path file_;
  std::string boot_;
  measured_register register_;
  std::function<void(const std::string&)> note_;
  std::optional<container_log> log_; // once it was read
  std::string trouble_;
};

} // namespace troth::device
