#pragma once

#include "shared/base/time.hpp"
#include "shared/crypto/authentic.hpp"
#include "shared/crypto/jwk.hpp"
#include "shared/report/ear.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace troth::report {

/// What a verifier signs its tokens with.
struct ear_signing_key {
  crypto::private_key key;
  std::string id; ///< `kid`: what the public half has in the JWK set.
};

/// Signs claims: a JWT for JSON, a CWT (COSE_Sign1) for CBOR.
/// @returns the token; what the key returned.
result<bytes> sign_ear(const ear_claims& claims, encoding as, const ear_signing_key& by);

/// What a relying party knows before it reads a token.
struct ear_expectations {
  std::vector<std::string> profiles; ///< Those it takes. None: no token is.
  time_point now;
  std::chrono::seconds leeway{60}; ///< By which the verifier's clock may differ.
  std::string nonce;               ///< Base64url, as it was sent; empty: the caller sent none.
  std::string audience;            ///< Itself; empty: it takes tokens for anybody.
  std::string issuer;              ///< Empty: whoever has one of the keys.
  std::string policy_id;           ///< That every appraisal must have been made with; empty: any.
};

/// Reads a token and checks all that a relying party has to before it looks at the statuses.
///
/// @param token a JWT, or a CWT, told apart by the first byte.
/// @param keys whom to trust; each is good for its algorithm alone. A key in the token is not
///        looked at.
/// @returns the claims; `untrusted` for a key id that is not among `keys`; `bad_signature`;
///          `unsupported` for a profile that is not expected, an algorithm that is not the key's,
///          and for `none` and HMAC; `expired` for a token of the past or of the future;
///          `no_challenge` for another nonce; `forbidden` for another audience, issuer or policy;
///          `missing` for one of these that is not told; what the parsers return.
/// @note Says nothing of the statuses: a token that contraindicates is as authentic.
result<crypto::authentic<ear_claims>> verify_ear(byte_view token,
                                                 const std::vector<crypto::named_key>& keys,
                                                 const ear_expectations& expected);

} // namespace troth::report
