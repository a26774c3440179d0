#pragma once

#include "shared/files/files.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace troth::testing {

/// Counts what a TPM is asked over connections that are opened with its TCTI, as long as this
/// object lives: tpm2-tss writes each command and each answer into a file, in the format pcapng.
class command_log {
public:
  command_log() { setenv("TCTI_PCAP_FILE", file().c_str(), 1); }
  command_log(const command_log&) = delete;
  command_log& operator=(const command_log&) = delete;
  ~command_log() { unsetenv("TCTI_PCAP_FILE"); }

  /// Goes in front of another TCTI.
  static std::string tcti_prefix() { return "pcap:"; }

  /// Returns how many commands were sent so far.
  std::size_t count() const {
    constexpr std::size_t max_bytes = std::size_t{64} * 1024 * 1024;
    const auto content = files::read(file(), max_bytes);
    if (!content)
      throw std::runtime_error{content.error().where};
    std::size_t packets = 0;
    for (std::size_t at = 0; at + 8 <= content->size();) {
      if (number_at(*content, at) == packet_block)
        ++packets;
      at += number_at(*content, at + 4);
    }
    return packets / 2; // a command and its answer
  }

private:
  static constexpr std::size_t packet_block = 6;

  std::filesystem::path file() const { return folder_.path() / "commands.pcapng"; }

  static std::size_t number_at(const bytes& from, std::size_t at) {
    return from[at] | static_cast<std::size_t>(from[at + 1]) << 8
           | static_cast<std::size_t>(from[at + 2]) << 16
           | static_cast<std::size_t>(from[at + 3]) << 24;
  }

  temporary_folder folder_;
};

} // namespace troth::testing
