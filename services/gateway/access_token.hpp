#pragma once

#include "services/caller.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/crypto/jwk.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace troth::services {

/// Who says which roles a caller has, and the keys it signs that with.
struct token_issuer {
  std::string name; ///< `iss`.
  std::vector<crypto::named_key> keys;
};

/// Which access tokens are accepted.
struct token_rules {
  std::vector<token_issuer> issuers;
  std::string audience;            ///< `aud`: what issuers call this service.
  std::chrono::seconds leeway{60}; ///< By which their clocks may differ.
};

/// Reads an access token and checks that it is for us, now, and of one of the issuers.
///
/// Its `roles` that are ours are the caller's, its `sub` is the name; other roles are for others.
/// @returns the caller; `untrusted` for an issuer or key that is not known; `bad_signature`;
///          `unsupported` for another algorithm than the key's and another type of token;
///          `forbidden` for another audience; `expired` if it is of the past or the future;
///          `missing` for one of `iss`, `aud`, `exp`, `sub`; `malformed`, and what
///          `codec::parse_jwt` returns.
/// @see RFC 9068; RFC 8725
result<caller> read_access_token(std::string_view token, const token_rules& rules, time_point now);

} // namespace troth::services
