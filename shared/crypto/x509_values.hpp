#pragma once

#include "shared/base/bytes.hpp"
#include "shared/base/time.hpp"

#include <openssl/types.h>

#include <string>

namespace troth::crypto {

// For this room only.

/// Returns the name as RFC 4514 writes it.
std::string text_of_name(const X509_NAME* name);

/// Returns the instant; 1970 for one that cannot be.
time_point time_of(const ASN1_TIME* time);

/// Returns the dotted OID; empty if it is too long to be one that anybody uses.
std::string dotted(const ASN1_OBJECT* oid);

/// Returns the address in text, IPv6 in full; empty if it is of neither version.
std::string ip_text(byte_view address);

} // namespace troth::crypto
