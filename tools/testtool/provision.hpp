#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "tools/testtool/commands.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace troth::testtool {

struct provision_options {
  std::filesystem::path command_line = "/proc/cmdline";
  std::vector<std::filesystem::path> devices; ///< Empty: all disks.
  std::filesystem::path token_out;            ///< For its owner alone.
  std::filesystem::path ca_out;
};

/// What a kernel's command line, which is measured, says of the data that a machine is set up with.
struct provisioning_claim {
  bytes sha256;
  std::size_t size_bytes = 0;
};

/// Reads `config_hash` (SHA-256, hex) and `config_size` (bytes) of a command line.
/// @returns `missing`, `malformed`; `too_large` above 1 MiB.
result<provisioning_claim> read_claim(std::string_view command_line);

/// The data: `token=`, a line, and behind it `ca=`, certificates in PEM.
struct provisioning_data {
  std::string token;
  std::string ca;
};

/// @returns `missing`, `malformed`.
result<provisioning_data> read_provisioning_data(std::string_view text);

/// Takes token and CA from the first device that begins with what the command line claims.
terminal::exit_code provision(const provision_options& options, const ports& world);

} // namespace troth::testtool
