#pragma once

#include "shared/base/time.hpp"
#include "shared/device/azure_anchor.hpp"
#include "shared/device/tpm_anchor.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace troth::services {

/// What the operator says of a confidential virtual machine on Azure.
struct azure_choices {
  std::string source = "vtpm";  ///< Or `recorded`, `simulated-snp`, `simulated-tdx`.
  std::filesystem::path path;   ///< The folder of what is recorded or simulated.
  std::string metadata_service; ///< URL; of the quotes of trust domains, and of VCEKs.
  device::endorsements attached = device::endorsements::carried;
};

/// Makes the anchors of such a machine: of its hardware, then of its TPM. The simulated hardware
/// brings its own endorsements.
/// @param tpm what is quoted; which key is for this to say. @param ports its `open` is shared.
/// @param vouched_by without an endorser: the metadata service is asked.
/// @returns `malformed` for another URL; what `make_simulated_paravisor` and `make_tpm_anchor`
///          return.
result<std::vector<std::shared_ptr<device::anchor>>>
make_azure_anchors(const azure_choices& chosen, device::tpm_choices tpm,
                   device::tpm_anchor_ports ports, device::azure_endorsements vouched_by);

} // namespace troth::services
