#pragma once

#include "shared/base/time.hpp"

#include <openssl/types.h>

#include <string>

namespace troth::crypto {

// For this room only.

/// Returns the name as RFC 4514 writes it.
std::string text_of_name(const X509_NAME* name);

/// Returns the instant; 1970 for one that cannot be.
time_point time_of(const ASN1_TIME* time);

} // namespace troth::crypto
