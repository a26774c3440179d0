#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "shared/device/shared_tpm.hpp"
#include "shared/evidence/azure/runtime_data.hpp"
#include "shared/report/component.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

// Azure's confidential virtual machines: between the hardware and the machine stands a paravisor,
// which plays the machine's TPM and gives out the hardware's report through that.

namespace troth::device {

// Where such a TPM has what is its own.
// See Microsoft, Guest attestation for confidential VMs.

inline constexpr std::uint32_t hcl_report_index = 0x01400001;
inline constexpr std::uint32_t user_data_index = 0x01400002;
inline constexpr std::uint32_t azure_key_certificate_index = 0x01C101D0;
inline constexpr std::uint32_t azure_key_handle = 0x81000003;

inline constexpr std::size_t azure_user_data_size = 64;
inline constexpr std::size_t td_report_structure_size = 1024; ///< Of TDREPORT_STRUCT.

/// The port to the paravisor. One caller at a time; may block.
class paravisor {
public:
  virtual ~paravisor() = default;

  /// Has a report of the hardware made that vouches for the paravisor's claims, and these for
  /// `user_data`: 64 bytes.
  /// @returns an HCL report; `not_found` if this is no such machine; `timeout` if it goes on to
  ///          answer something else; `io`; what `parse_hcl_report` and `parse_runtime_data` return.
  virtual result<bytes> report(byte_view user_data) = 0;

  /// Has a report of the TDX module, which only its processor can check, made a quote.
  /// @param td_report TDREPORT_STRUCT, 1024 bytes.
  virtual result<bytes> td_quote(byte_view td_report) = 0;
};

/// What a paravisor needs of the world. Tests pass fakes.
struct paravisor_ports {
  tpm_opener open;
  std::function<result<bytes>(byte_view td_report)> td_quote; ///< The metadata service.
  std::function<void()> wait; ///< Between looks whether the report is the new one.
};

/// Asks the paravisor that this machine has, through its TPM.
std::unique_ptr<paravisor> make_paravisor(paravisor_ports ports);

/// Plays a recorded report, whatever it is asked, `hcl_report.bin` in a folder, and for TDX
/// `quote.bin`: a verifier finds that they are old.
/// @param td_quote asked where there is no such quote; null: nobody is.
std::unique_ptr<paravisor>
make_recorded_paravisor(std::filesystem::path folder,
                        std::function<result<bytes>(byte_view td_report)> td_quote = nullptr);

/// A paravisor that is only played, and what its hardware's vendor, who is played, too, says.
struct simulated_paravisor {
  std::unique_ptr<paravisor> itself;
  std::vector<crypto::certificate> certificates; ///< SNP: of the key that signs; leaf first.
  report::intel_collateral collateral;           ///< TDX.
};

/// Plays a paravisor and the hardware below it, around a TPM that is there, such as a software TPM:
/// makes its attestation key if it has none, and keeps the report in it as a real one does. What
/// it keeps in the folder is what the simulated source of that hardware keeps there.
/// @param open shared with whoever else uses the TPM.
/// @param wait as in `paravisor_ports`.
/// @returns as those.
result<simulated_paravisor> make_simulated_paravisor(evidence::azure::hardware below,
                                                     tpm_opener open, std::function<void()> wait,
                                                     const std::filesystem::path& folder,
                                                     time_point now);

} // namespace troth::device
