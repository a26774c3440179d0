#pragma once

#include "shared/crypto/certificate.hpp"

#include <string>

namespace troth::crypto {

/// Returns whether a certificate is issued to a host: one of its dNSNames matches, in any case, or
/// where `host` is an address in text, one of its iPAddresses is that. The common name counts for
/// nothing, and `*` stands for a whole label only.
/// @see RFC 9525, section 6
bool is_issued_to(const certificate& holder, const std::string& host);

} // namespace troth::crypto
