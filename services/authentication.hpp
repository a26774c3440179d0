#pragma once

#include "services/http/router.hpp"
#include "shared/base/result.hpp"

#include <string>
#include <vector>

namespace troth::services {

/// Makes an authenticator that accepts the bearer tokens with these digests. A configuration that
/// is read by others thus gives no token away.
/// @param digests SHA-256 of each token, hex.
/// @param key of the configuration, for errors.
/// @returns none for no digests; `malformed`.
/// @see RFC 6750, section 2.1
result<http::authenticator> bearer_tokens(const std::vector<std::string>& digests,
                                          const std::string& key);

} // namespace troth::services
