#include "services/verifier/wiring.hpp"
#include "shared/files/files.hpp"

namespace troth::services {

namespace {

constexpr std::size_t max_key_bytes = std::size_t{64} * 1024;

/// Puts a key of the configuration, and the file, before what was wrong. Never what is in the file.
error in_file(const char* key, const std::string& file, const error& why) {
  return {why.code, std::string{key} + ": " + file + ": " + why.where};
}

/// Reads `FILE` or `FILE=TIME`: a key, and when it is listed no more.
result<listed_key> read_retired(const std::string& text) {
  const auto sign = text.rfind('=');
  const auto file = text.substr(0, sign);
  std::optional<time_point> until;
  if (sign != std::string::npos) {
    const auto time = parse_time(text.substr(sign + 1));
    if (!time)
      return error{errc::malformed, "ear.retiredKeys: " + text + ": expected FILE or FILE=TIME"};
    until = *time;
  }
  const auto pem = files::read(file, max_key_bytes);
  if (!pem)
    return error{pem.error().code, "ear.retiredKeys: " + pem.error().where};
  auto key = crypto::public_key::from_pem(to_text(*pem));
  if (!key)
    return in_file("ear.retiredKeys", file, key.error());
  if (key->kind() == crypto::key_kind::other)
    return in_file("ear.retiredKeys", file, {errc::unsupported, "kind of key"});
  return listed_key{{crypto::thumbprint(*key), *key, crypto::default_algorithm(key->kind())},
                    until};
}

} // namespace

void ear_configuration::define(configuration& keys) {
  keys.add("ear.signingKey", signing_key,
           "PEM file: the private key that signs result tokens; empty: none are made");
  keys.add("ear.retiredKeys", retired_keys,
           "PEM files: public keys that signed before, kept in the JWK set; FILE=TIME: until then");
  keys.add("ear.profile", profile, "EAT profile of the tokens, which decides their dialect");
  keys.add("ear.issuer", issuer, "Who the tokens say issued them; empty: not told");
  keys.add("ear.audience", audience, "For whom they are; empty: not told");
  keys.add("ear.lifetime", lifetime, {1, 31'536'000}, "Seconds for which a token is good");
}

result<std::optional<report::ear_issuer>> ear_configuration::read_issuer() const {
  if (signing_key.empty()) {
    if (!retired_keys.empty())
      return error{errc::missing, "ear.signingKey: there are retired keys"};
    return std::optional<report::ear_issuer>{};
  }
  if (profile.empty())
    return error{errc::missing, "ear.profile"};
  const auto pem = files::read(signing_key, max_key_bytes);
  if (!pem)
    return error{pem.error().code, "ear.signingKey: " + pem.error().where};
  auto key = crypto::private_key::from_pem(to_text(*pem));
  if (!key)
    return in_file("ear.signingKey", signing_key, key.error());
  auto id = crypto::thumbprint(key->public_half());
  report::ear_options options;
  options.profile = profile;
  options.build = TROTH_VERSION;
  options.issuer = issuer;
  options.audience = audience;
  options.lifetime = std::chrono::seconds{lifetime};
  return std::optional{report::ear_issuer{{*std::move(key), std::move(id)}, std::move(options)}};
}

result<std::vector<listed_key>>
ear_configuration::read_keys(const std::optional<report::ear_issuer>& by) const {
  std::vector<listed_key> keys;
  if (!by)
    return keys;
  keys.push_back({{by->key.id, by->key.key.public_half(), by->key.key.default_algorithm()}, {}});
  for (const auto& text : retired_keys) {
    auto retired = read_retired(text);
    if (!retired)
      return retired.error();
    for (const auto& other : keys)
      if (other.key.id == retired->key.id)
        return error{errc::conflict, "ear.retiredKeys: " + text + ": a key twice"};
    keys.push_back(*std::move(retired));
  }
  return keys;
}

std::string write_key_set(const std::vector<listed_key>& keys, time_point now) {
  std::vector<crypto::named_key> good;
  for (const auto& one : keys)
    if (!one.until || now < *one.until)
      good.push_back(one.key);
  return crypto::write_jwks(good);
}

} // namespace troth::services
