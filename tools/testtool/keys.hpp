#pragma once

#include "shared/client/tls_keys.hpp"
#include "tools/testtool/commands.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

// TLS keys of a machine, by its gateway.

namespace troth::testtool {

struct enrol_key_options {
  client::http_options gateway;
  client::key_order wanted{"tpm", "EC256", {}, {}, {}};
  std::filesystem::path out; ///< For the certificate and those above it; empty: not written.
};

/// Has a key made and certified, and prints its id.
terminal::exit_code enrol_key(const enrol_key_options& options, const ports& world);

enum class key_task : std::uint8_t { list, certificate, rotate, erase };

struct keys_options {
  client::http_options gateway;
  key_task task = key_task::list;
  std::string id;            ///< Of all but `list`.
  std::filesystem::path out; ///< Of `certificate`; empty: it is printed.
  bool as_json = false;      ///< Of `list`.
};

/// Lists keys, shows a certificate, has another key made in the place of one, or one deleted.
terminal::exit_code manage_keys(const keys_options& options, const ports& world);

} // namespace troth::testtool
