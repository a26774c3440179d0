#include "services/gateway/access_token.hpp"

#include "shared/codec/json.hpp"
#include "shared/codec/jwt.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace troth::services {

namespace {

using nlohmann::json;

constexpr std::size_t max_claims_bytes = std::size_t{64} * 1024;
constexpr std::size_t max_name_bytes = 128;
// What tokens for access call themselves, or do not; an ID token has another audience.
constexpr std::array types{std::string_view{}, std::string_view{"JWT"}, std::string_view{"at+jwt"},
                           std::string_view{"application/at+jwt"}};

error refuse(errc code, std::string_view claim) {
  return {code, "token." + std::string{claim}};
}

result<std::string> text(const json& claims, const char* name) {
  const auto at = claims.find(name);
  if (at == claims.end())
    return refuse(errc::missing, name);
  if (!at->is_string() || at->get_ref<const std::string&>().empty())
    return refuse(errc::malformed, name);
  return at->get<std::string>();
}

/// Returns the texts of a claim that is one text or several.
std::vector<std::string> texts(const json& claims, const char* name) {
  const auto at = claims.find(name);
  std::vector<std::string> out;
  if (at == claims.end())
    return out;
  for (const auto& one : at->is_array() ? *at : json::array({*at}))
    if (one.is_string())
      out.push_back(one.get<std::string>());
  return out;
}

/// Checks one point in time; an absent one is refused if it `must_be`.
template <class Good>
result<void> check_time(const json& claims, const char* name, bool must_be, Good is_good) {
  const auto at = claims.find(name);
  if (at == claims.end())
    return must_be ? result<void>{refuse(errc::missing, name)} : result<void>{};
  if (!at->is_number_integer())
    return refuse(errc::malformed, name);
  return is_good(at->get<std::int64_t>()) ? result<void>{} : refuse(errc::expired, name);
}

result<void> check_times(const json& claims, const token_rules& rules, time_point now) {
  const auto seconds
    = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const auto leeway = rules.leeway.count();
  const auto is_past = [&](std::int64_t when) { return when <= seconds + leeway; };
  const auto is_ahead = [&](std::int64_t when) { return when > seconds - leeway; };
  if (auto good = check_time(claims, "exp", true, is_ahead); !good)
    return good;
  if (auto good = check_time(claims, "nbf", false, is_past); !good)
    return good;
  return check_time(claims, "iat", false, is_past);
}

/// Finds the key that made the signature and checks that it did.
result<void> check_signature(const codec::signed_token& token, const token_issuer& by) {
  const auto key = std::ranges::find(by.keys, token.key_id, &crypto::named_key::id);
  if (key == by.keys.end())
    return refuse(errc::untrusted, "kid");
  if (key->algorithm != token.signature.algorithm)
    return refuse(errc::unsupported, "alg");
  const auto good = key->key.verify(key->algorithm, token.signature.signed_bytes,
                                    token.signature.signature);
  return good ? good : refuse(good.error().code, "signature");
}

} // namespace

result<caller> read_access_token(std::string_view token, const token_rules& rules, time_point now) {
  const auto carried = codec::parse_jwt(token);
  if (!carried)
    return carried.error();
  if (std::ranges::find(types, carried->type) == types.end())
    return refuse(errc::unsupported, "typ");
  const auto claims = codec::parse_json(to_text(carried->payload), {.max_bytes = max_claims_bytes});
  if (!claims)
    return claims.error();
  if (!claims->is_object())
    return refuse(errc::malformed, "claims");
  const auto issuer = text(*claims, "iss"); // a hint, until the signature is checked
  if (!issuer)
    return issuer.error();
  const auto by = std::ranges::find(rules.issuers, *issuer, &token_issuer::name);
  if (by == rules.issuers.end())
    return refuse(errc::untrusted, "iss");
  if (const auto good = check_signature(*carried, *by); !good)
    return good.error();
  const auto audience = texts(*claims, "aud");
  if (audience.empty())
    return refuse(errc::missing, "aud");
  if (std::ranges::find(audience, rules.audience) == audience.end())
    return refuse(errc::forbidden, "aud");
  if (const auto good = check_times(*claims, rules, now); !good)
    return good.error();
  const auto subject = text(*claims, "sub");
  if (!subject)
    return subject.error();
  caller out{"subject " + subject->substr(0, max_name_bytes), {}};
  for (const auto& name : texts(*claims, "roles"))
    if (const auto known = parse_roles(name); known && known->size() == 1)
      out.roles.push_back(known->front());
  return out;
}

} // namespace troth::services
