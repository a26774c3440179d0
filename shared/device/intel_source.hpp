#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/device/simulated_intel.hpp"
#include "shared/device/snp_source.hpp"
#include "shared/report/component.hpp"

#include <filesystem>
#include <memory>

namespace troth::device {

/// The port to what makes quotes of an enclave or a trust domain. One caller at a time; may block.
class intel_source {
public:
  virtual ~intel_source() = default;

  /// Asks for a quote.
  /// @param report_data 64 bytes that are to be in it.
  /// @returns `not_found` if there is no such interface; `io`; `conflict` if others use it at the
  ///          same time.
  virtual result<bytes> quote(byte_view report_data) = 0;

  /// Returns what Intel says of the platform.
  /// @returns `not_found`, `malformed`, `io`.
  virtual result<report::intel_collateral> collateral() = 0;
};

/// Asks the kernel of a trust domain through configfs, as SNP guests do.
/// @param collateral folder as `read_intel_collateral` reads it.
std::unique_ptr<intel_source> make_configfs_source(std::unique_ptr<snp_source> kernel,
                                                   std::filesystem::path collateral);

/// Plays a recorded quote, `quote.bin` in a folder, whatever it is asked: a verifier finds that it
/// is old. The folder holds the collateral too.
std::unique_ptr<intel_source> make_recorded_intel_source(std::filesystem::path folder);

/// Plays vendor, platform and QE. In the folder it keeps what a verifier needs to take it, if it
/// wants to: `root.pem`, and `quote.bin`, a quote to make reference values of; and its collateral,
/// as `read_intel_collateral` reads it. Keys live as long as this does: each start is another
/// platform.
/// @returns `io`.
result<std::unique_ptr<intel_source>> make_simulated_source(const std::filesystem::path& folder,
                                                            intel_tee tee, time_point now);

/// Reads a folder of collateral: `tcb_info.json`, `qe_identity.json`, `root_ca_crl.der`,
/// `pck_crl.der`, and the chains of issuers `tcb_info_issuer_chain.pem`,
/// `qe_identity_issuer_chain.pem` and `pck_crl_issuer_chain.pem`: each issuer, then the root.
/// @returns `not_found`, `malformed`, `io`.
result<report::intel_collateral> read_intel_collateral(const std::filesystem::path& folder);

/// Writes such a folder. @returns `io`; `malformed` for what are no certificates.
result<void> write_intel_collateral(const report::intel_collateral& what,
                                    const std::filesystem::path& folder);

} // namespace troth::device
