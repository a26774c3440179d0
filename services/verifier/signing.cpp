#include "services/verifier/wiring.hpp"
#include "shared/files/files.hpp"

namespace troth::services {

namespace {

constexpr std::size_t max_key_bytes = std::size_t{64} * 1024;

/// Puts a key of the configuration, and the file, before what was wrong. Never what is in the file.
error in_file(const char* key, const std::string& file, const error& why) {
  return {why.code, std::string{key} + ": " + file + ": " + why.where};
}

result<crypto::named_key> read_retired(const std::string& file) {
  const auto pem = files::read(file, max_key_bytes);
  if (!pem)
    return error{pem.error().code, "ear.retiredKeys: " + pem.error().where};
  auto key = crypto::public_key::from_pem(to_text(*pem));
  if (!key)
    return in_file("ear.retiredKeys", file, key.error());
  if (key->kind() == crypto::key_kind::other)
    return in_file("ear.retiredKeys", file, {errc::unsupported, "kind of key"});
  return crypto::named_key{crypto::thumbprint(*key), *key, crypto::default_algorithm(key->kind())};
}

} // namespace

void ear_configuration::define(configuration& keys) {
  keys.add("ear.signingKey", signing_key,
           "PEM file: the private key that signs result tokens; empty: none are made");
  keys.add("ear.retiredKeys", retired_keys,
           "PEM files: public keys that signed before, kept in the JWK set");
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

result<std::string>
ear_configuration::read_key_set(const std::optional<report::ear_issuer>& by) const {
  if (!by)
    return std::string{};
  const auto current = by->key.key.public_half();
  std::vector<crypto::named_key> keys{{by->key.id, current, by->key.key.default_algorithm()}};
  for (const auto& file : retired_keys) {
    auto key = read_retired(file);
    if (!key)
      return key.error();
    for (const auto& other : keys)
      if (other.id == key->id)
        return error{errc::conflict, "ear.retiredKeys: " + file + ": a key twice"};
    keys.push_back(*std::move(key));
  }
  return crypto::write_jwks(keys);
}

} // namespace troth::services
