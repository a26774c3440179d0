#include "shared/report/ear_token.hpp"

#include "shared/codec/cose_sign1.hpp"
#include "shared/codec/jwt.hpp"

#include <algorithm>

namespace troth::report {

namespace {

using crypto::named_key;

std::int64_t seconds_of(time_point when) {
  return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
}

/// Finds the key that the token names; without a name, the first of its algorithm that signed it.
result<const named_key*> find_key(const codec::signed_token& token,
                                  const std::vector<named_key>& keys) {
  const auto& [algorithm, certificates, signed_bytes, signature] = token.signature;
  if (!token.key_id.empty()) {
    const auto at = std::ranges::find(keys, token.key_id, &named_key::id);
    if (at == keys.end())
      return error{errc::untrusted, "ear: no key of the token's id"};
    if (at->algorithm != algorithm)
      return error{errc::unsupported, "ear: another algorithm than the key's"};
    return &*at;
  }
  const named_key* last = nullptr;
  for (const auto& each : keys) {
    if (each.algorithm != algorithm)
      continue;
    last = &each;
    if (each.key.verify(algorithm, signed_bytes, signature))
      return last;
  }
  if (last == nullptr)
    return error{errc::untrusted, "ear: no key for the token's algorithm"};
  return last; // whose refusal is the answer
}

result<void> check_times(const ear_claims& claims, const ear_expectations& expected) {
  const auto now = seconds_of(expected.now);
  const auto leeway = expected.leeway.count();
  if (claims.issued_at - leeway > now)
    return error{errc::expired, "ear.iat: in the future"};
  if (claims.not_before && *claims.not_before - leeway > now)
    return error{errc::expired, "ear.nbf: in the future"};
  if (claims.expires && *claims.expires <= now - leeway)
    return error{errc::expired, "ear.exp: in the past"};
  return {};
}

/// Returns a text in base64 as base64url: issuers in use write nonces in either, with padding or
/// without.
std::string as_base64url(std::string text) {
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

/// Compares a claim that is expected to be `wanted`; an empty one is not.
result<void> check_claim(std::string_view name, const std::vector<std::string>& told,
                         const std::string& wanted, errc otherwise) {
  if (wanted.empty() || std::ranges::find(told, wanted) != told.end())
    return {};
  const auto is_told = std::ranges::any_of(told, [](const auto& each) { return !each.empty(); });
  return error{is_told ? otherwise : errc::missing, "ear." + std::string{name}};
}

result<void> check(const ear_claims& claims, const ear_expectations& expected) {
  if (std::ranges::find(expected.profiles, claims.profile) == expected.profiles.end())
    return error{errc::unsupported, "ear.eat_profile: " + claims.profile};
  if (const auto good = check_times(claims, expected); !good)
    return good;
  if (const auto good = check_claim("eat_nonce", {as_base64url(claims.nonce)}, expected.nonce,
                                    errc::no_challenge);
      !good)
    return good;
  if (const auto good = check_claim("aud", claims.audience, expected.audience, errc::forbidden);
      !good)
    return good;
  if (const auto good = check_claim("iss", {claims.issuer}, expected.issuer, errc::forbidden);
      !good)
    return good;
  for (const auto& [label, part] : claims.parts)
    if (const auto good = check_claim("submods." + label + ".ear_appraisal_policy_ids",
                                      part.policy_ids, expected.policy_id, errc::forbidden);
        !good)
      return good;
  return {};
}

/// Tells a JWT, which is base64url, from a CWT, which begins with a tag.
encoding encoding_of_token(byte_view token) noexcept {
  constexpr std::uint8_t first_tag = 0xc0;
  return !token.empty() && token.front() >= first_tag ? encoding::cbor : encoding::json;
}

} // namespace

result<bytes> sign_ear(const ear_claims& claims, encoding as, const ear_signing_key& by) {
  const codec::signer signer{by.key.default_algorithm(), {}, [&](byte_view signed_bytes) {
                               return by.key.sign(by.key.default_algorithm(), signed_bytes);
                             }};
  const auto payload = write_ear_claims(claims, as);
  if (as == encoding::cbor)
    return codec::write_cose_sign1(
      payload, {by.id, "application/eat+cwt; eat_profile=\"" + claims.profile + '"'}, signer);
  const auto text = codec::write_jwt(payload, {by.id, "JWT"}, signer);
  if (!text)
    return text.error();
  return to_bytes(*text);
}

result<crypto::authentic<ear_claims>> verify_ear(byte_view token,
                                                 const std::vector<crypto::named_key>& keys,
                                                 const ear_expectations& expected) {
  const auto as = encoding_of_token(token);
  const auto carried = as == encoding::cbor ? codec::parse_cose_sign1(token)
                                            : codec::parse_jwt(to_text(token));
  if (!carried)
    return carried.error();
  const auto key = find_key(*carried, keys);
  if (!key)
    return key.error();
  auto claims = parse_ear_claims(carried->payload, as);
  if (!claims)
    return claims.error();
  auto authentic = crypto::authenticate(*std::move(claims), carried->signature.signed_bytes,
                                        carried->signature.algorithm, carried->signature.signature,
                                        (*key)->key);
  if (!authentic)
    return authentic;
  if (const auto good = check(**authentic, expected); !good)
    return good.error();
  return authentic;
}

} // namespace troth::report
