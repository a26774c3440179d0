#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

namespace troth::device {

/// What a guest gets when it asks for an extended report.
struct snp_answer {
  bytes report;       ///< ATTESTATION_REPORT.
  bytes certificates; ///< The host's table of certificates; empty: it gave none.
};

/// The port to the secure processor of an SNP host. One caller at a time; may block.
class snp_source {
public:
  virtual ~snp_source() = default;

  /// Asks for a report about this guest.
  /// @param report_data 64 bytes that are to be in it.
  /// @returns `not_found` if there is no such interface; `io`; `conflict` if others use it
  ///          at the same time; what the answer's parsers return.
  virtual result<snp_answer> ask(byte_view report_data) = 0;
};

/// Asks the kernel through configfs, from Linux 6.7 on.
/// @param entry the folder of the request: made if it is not there, and taken away at the end.
/// @param vmpl the privilege level to be in the report; nothing: the kernel's choice.
/// @see Linux, Documentation/ABI/testing/configfs-tsm-report
std::unique_ptr<snp_source> make_configfs_source(std::filesystem::path entry,
                                                 std::optional<std::uint32_t> vmpl);

/// Asks the kernel's guest driver.
/// @param vmpl the privilege level to be in the report.
/// @see Linux, Documentation/virt/coco/sev-guest.rst
std::unique_ptr<snp_source> make_guest_device_source(std::filesystem::path device,
                                                     std::uint32_t vmpl);

/// Plays a recorded report, whatever it is asked: a verifier finds that it is old.
/// @param certificates file of the recorded table; empty: there was none.
std::unique_ptr<snp_source> make_recorded_source(std::filesystem::path report,
                                                 std::filesystem::path certificates);

/// Plays the vendor, the chip and the firmware, with keys in the folder that are made once.
/// Beside them it keeps what a verifier needs to take it, if it wants to: `ark.pem`, the revocation
/// list `ark.crl`, and a report of the guest to make reference values of, `report.bin`; the latter
/// two are made anew at each start.
/// @returns `io`, `malformed` for files that are not what was made.
result<std::unique_ptr<snp_source>> make_simulated_source(const std::filesystem::path& folder,
                                                          time_point now);

} // namespace troth::device
