#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/collateral/http_get.hpp"
#include "shared/evidence/snp/report.hpp"

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace troth::collateral {

struct key_server_ports {
  http_get get;
  std::function<time_point()> now;
};

/// AMD's key distribution server (KDS), asked once for each certificate and never while it says
/// that it is asked too often. Its answers are kept in a folder, which may be carried to a machine
/// that reaches no server.
class amd_key_server {
public:
  amd_key_server(std::filesystem::path cache, key_server_ports ports);

  /// Returns the certificates that belong to a report: VCEK, ASK, ARK, DER.
  ///
  /// The VCEK is that of the reported TCB, with which the firmware signs. One at a time: who
  /// comes second finds what the first one fetched.
  ///
  /// @returns `unsupported` for a report that a VLEK signed, or that names no known processor;
  ///          `no_endorsement` if the server has no such key; `exhausted` while it wants to be
  ///          left alone; `malformed` for what is no certificate of that key; `unavailable`, `io`.
  /// @note Proves nothing: who judges the report verifies the chain.
  /// @see AMD 57230, chapter 4
  result<std::vector<bytes>> chain_for(const evidence::snp::attestation_report& report);

private:
  result<bytes> vcek(const evidence::snp::attestation_report& report,
                     evidence::snp::product_line line);
  result<std::vector<bytes>> authorities(evidence::snp::product_line line);
  result<bytes> ask(const std::string& path);

  std::filesystem::path cache_;
  key_server_ports ports_;
  std::mutex mutex_;
  time_point silent_until_{};
};

/// Returns the path of a report's VCEK on the server.
std::string vcek_path(const evidence::snp::attestation_report& report,
                      evidence::snp::product_line line);

} // namespace troth::collateral
