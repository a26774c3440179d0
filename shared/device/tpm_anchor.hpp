#pragma once

#include "shared/base/time.hpp"
#include "shared/device/anchor.hpp"
#include "shared/device/logs.hpp"
#include "shared/device/tpm.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace troth::device {

/// A key that was in a TPM before we came, and in whose place none is made: others vouch for it.
struct kept_attestation_key {
  std::uint32_t handle = 0;
  std::uint32_t certificate_index = 0; ///< In NV; nothing there: there is none.
};

/// What the operator decides about a TPM.
struct tpm_choices {
  key_algorithm algorithm = key_algorithm::ecc_p256;
  pcr_set pcrs;
  std::filesystem::path state; ///< Where the attestation key and its certificates are kept.
  std::optional<std::uint32_t> container_pcr
    = {};                                        ///< Where containers are measured; none: nowhere.
  std::string boot = {};                         ///< Names this run of the machine.
  std::optional<kept_attestation_key> kept = {}; ///< Instead of `algorithm`.
  std::string evidence_type{report::tpm_evidence};
};

/// All that a TPM anchor does to the world. Tests pass fakes.
struct tpm_anchor_ports {
  std::function<result<std::unique_ptr<tpm>>()> open;
  std::function<result<measurement_logs>()> read_logs;
  std::function<time_point()> now;
  std::function<void(const std::string& what)> note; ///< For the log: worth knowing, no failure.
};

/// Makes the anchor that quotes a TPM's registers. Opens nothing yet: each call opens the TPM if
/// it is not, makes a key if there is none, and opens the TPM anew once if it was lost.
/// @returns `missing` for an empty selection, `malformed` for one that is not ascending or lacks
///          `container_pcr`.
result<std::unique_ptr<anchor>> make_tpm_anchor(tpm_choices chosen, tpm_anchor_ports ports);

} // namespace troth::device
