#include "shared/crypto/jwk.hpp"

#include "shared/codec/json_sink.hpp"
#include "shared/codec/json_source.hpp"
#include "shared/codec/signature_names.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/openssl.hpp"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <optional>

namespace troth::crypto {

using namespace openssl;

namespace {

constexpr std::size_t max_set_bytes = std::size_t{1024} * 1024;
constexpr std::size_t max_keys = 256;
constexpr std::size_t ed25519_bytes = 32;

/// A key's members. Those of its kind are filled.
struct key_fields {
  std::string curve;
  std::string exponent;
  std::string type;
  std::string modulus;
  std::string x;
  std::string y;
};

/// RFC 7638, section 3.2: what is hashed, in this order.
void describe(auto& fields, const key_fields& of) {
  fields.optional({"crv"}, of.curve);
  fields.optional({"e"}, of.exponent);
  fields.required({"kty"}, of.type);
  fields.optional({"n"}, of.modulus);
  fields.optional({"x"}, of.x);
  fields.optional({"y"}, of.y);
}

struct written_key {
  key_fields key;
  std::string algorithm;
  std::string id;
};

void describe(auto& fields, const written_key& of) {
  describe(fields, of.key);
  fields.required({"use"}, std::string_view{"sig"});
  fields.required({"alg"}, of.algorithm);
  fields.required({"kid"}, of.id);
}

struct written_set {
  std::vector<written_key> keys;
};

void describe(auto& fields, const written_set& of) {
  fields.required({"keys"}, of.keys);
}

struct curve_name {
  std::string_view name;
  key_kind kind;
};

constexpr std::array curves = {curve_name{"P-256", key_kind::p256},
                               curve_name{"P-384", key_kind::p384},
                               curve_name{"P-521", key_kind::p521}};

std::string number_of(const public_key& key, const char* name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key.get(), name, &value);
  const bignum owner{value};
  bytes out(value != nullptr ? static_cast<std::size_t>(BN_num_bytes(value)) : 0);
  if (value != nullptr)
    BN_bn2bin(value, out.data());
  return base64url(out);
}

key_fields fields_of(const public_key& key) {
  key_fields out;
  if (const auto point = key.ec_point(); !point.empty()) {
    const auto size = point.size() / 2; // behind the byte that says how it is written
    const byte_view coordinates{point.begin() + 1, point.end()};
    out.type = "EC";
    out.curve = std::ranges::find(curves, key.kind(), &curve_name::kind)->name;
    out.x = base64url(coordinates.first(size));
    out.y = base64url(coordinates.last(size));
  } else if (key.kind() == key_kind::ed25519) {
    const auto der = key.der(); // RFC 8410: the point is its end
    out.type = "OKP";
    out.curve = "Ed25519";
    out.x = base64url(byte_view{der}.last(ed25519_bytes));
  } else if (key.kind() != key_kind::other) {
    out.type = "RSA";
    out.modulus = number_of(key, OSSL_PKEY_PARAM_RSA_N);
    out.exponent = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  }
  return out;
}

struct read_key {
  key_fields key;
  std::string use;
  std::string algorithm;
  std::string id;
};

void describe(auto& fields, codec::of<read_key> auto& x) {
  fields.required({"kty"}, x.key.type);
  fields.optional({"crv"}, x.key.curve);
  fields.optional({"e"}, x.key.exponent);
  fields.optional({"n"}, x.key.modulus);
  fields.optional({"x"}, x.key.x);
  fields.optional({"y"}, x.key.y);
  fields.optional({"use"}, x.use);
  fields.optional({"alg"}, x.algorithm);
  fields.optional({"kid"}, x.id);
}

result<bytes> decoded(const std::string& text, std::string_view member) {
  auto out = from_base64url(text);
  if (!out || out->empty())
    return error{errc::malformed, "jwk." + std::string{member}};
  return out;
}

result<public_key> read_ec(const key_fields& from) {
  const auto* const curve = std::ranges::find(curves, from.curve, &curve_name::name);
  if (curve == curves.end())
    return error{errc::unsupported, "jwk.crv"};
  const auto x = decoded(from.x, "x");
  if (!x)
    return x.error();
  const auto y = decoded(from.y, "y");
  if (!y)
    return y.error();
  return public_key::from_ec_point(curve->kind, *x, *y);
}

result<public_key> read_rsa(const key_fields& from) {
  const auto modulus = decoded(from.modulus, "n");
  if (!modulus)
    return modulus.error();
  const auto exponent = decoded(from.exponent, "e");
  if (!exponent)
    return exponent.error();
  if (exponent->size() > sizeof(std::uint32_t))
    return error{errc::unsupported, "jwk.e"};
  std::uint32_t number = 0;
  for (const auto byte : *exponent)
    number = number << 8 | byte;
  return public_key::from_rsa(*modulus, number);
}

result<public_key> read_okp(const key_fields& from) {
  if (from.curve != "Ed25519")
    return error{errc::unsupported, "jwk.crv"};
  const auto point = decoded(from.x, "x");
  if (!point)
    return point.error();
  if (point->size() != ed25519_bytes)
    return error{errc::malformed, "jwk.x"};
  // RFC 8410, section 4: what stands before the point in a SubjectPublicKeyInfo.
  bytes der{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
  der.insert(der.end(), point->begin(), point->end());
  return public_key::from_der(der);
}

/// Reads a key; nothing for one that is not for us.
result<std::optional<named_key>> read_one(const nlohmann::json& value) {
  if (value.contains("d") || value.contains("k"))
    return error{errc::malformed, "jwk: a secret key"};
  auto read = codec::from_json<read_key>(value, "jwk");
  if (!read)
    return read.error();
  const auto& from = read->key;
  if (!read->use.empty() && read->use != "sig")
    return std::optional<named_key>{};
  if (from.type != "EC" && from.type != "RSA" && from.type != "OKP")
    return std::optional<named_key>{};
  auto key = from.type == "EC"    ? read_ec(from)
             : from.type == "RSA" ? read_rsa(from)
                                  : read_okp(from);
  if (!key)
    return key.error();
  if (key->kind() == key_kind::other)
    return error{errc::unsupported, "jwk: size of the key"};
  auto algorithm = default_algorithm(key->kind());
  if (!read->algorithm.empty()) {
    const auto* const named = codec::find_jose(read->algorithm);
    if (named == nullptr)
      return error{errc::unsupported, "jwk.alg"};
    algorithm = named->algorithm;
  }
  auto id = read->id.empty() ? thumbprint(*key) : read->id;
  return std::optional{named_key{std::move(id), *std::move(key), algorithm}};
}

} // namespace

std::string thumbprint(const public_key& key) {
  const auto fields = fields_of(key);
  if (fields.type.empty())
    return {};
  const auto text = codec::to_json(fields);
  return base64url(hash(hash_algorithm::sha256, to_bytes(text)).view());
}

std::string write_jwks(std::span<const named_key> keys) {
  written_set out;
  for (const auto& each : keys) {
    const auto* const algorithm = codec::name_of(each.algorithm);
    out.keys.push_back({fields_of(each.key), std::string{algorithm->jose}, each.id});
  }
  return codec::to_json(out);
}

result<std::vector<named_key>> parse_jwks(std::string_view text) {
  const auto parsed = codec::parse_json(text, {.max_bytes = max_set_bytes});
  if (!parsed)
    return error{parsed.error().code, "jwks: " + parsed.error().where};
  if (!parsed->is_object())
    return error{errc::malformed, "jwks: not an object"};
  const auto listed = parsed->find("keys");
  const auto values = listed == parsed->end() ? nlohmann::json::array({*parsed}) : *listed;
  if (!values.is_array())
    return error{errc::malformed, "jwks.keys: not an array"};
  if (values.size() > max_keys)
    return error{errc::too_large, "jwks.keys: more than " + std::to_string(max_keys)};
  std::vector<named_key> out;
  error none{errc::missing, "jwks: a key for signatures"};
  for (const auto& value : values) {
    auto one = read_one(value);
    if (!one && one.error().code != errc::unsupported)
      return one.error();
    if (!one)
      none = one.error();
    if (!one || !*one)
      continue;
    if (std::ranges::find(out, (*one)->id, &named_key::id) != out.end())
      return error{errc::conflict, "jwks: two keys of id " + (*one)->id};
    out.push_back(**std::move(one));
  }
  if (out.empty())
    return none;
  return out;
}

} // namespace troth::crypto
