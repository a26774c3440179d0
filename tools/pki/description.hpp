#pragma once

#include "shared/base/time.hpp"
#include "shared/crypto/certificate.hpp"
#include "tools/terminal/sheet.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace troth::pki {

/// Returns what certificates are for and how long, for people to read.
std::string describe(std::span<const crypto::certificate> certificates, time_point now,
                     terminal::screen to, std::size_t width);

} // namespace troth::pki
