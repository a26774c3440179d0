#pragma once

#include "shared/crypto/certificate.hpp"
#include "shared/crypto/key.hpp"

#include <string>
#include <vector>

// What an EST server signs with, from PEM files.

namespace troth::services {

/// @returns `not_found`, `io`, `malformed`, with the file's name.
result<std::vector<crypto::certificate>> load_certificates(const std::string& file);

/// @param name the configuration's, for errors.
/// @returns as `load_certificates`, with `name`.
result<crypto::private_key> load_key(const std::string& name, const std::string& file);

} // namespace troth::services
