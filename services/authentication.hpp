#pragma once

#include "services/http/router.hpp"
#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
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

/// Returns the SHA-256 of the token in an Authorization header; nothing if there is none.
std::optional<bytes> bearer_digest(std::string_view authorization);

/// Compares all bytes, wherever the first difference is.
bool is_same(byte_view a, byte_view b) noexcept;

} // namespace troth::services
