#include "shared/crypto/certificate_library.hpp"
#include "shared/crypto/ecdsa.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/key.hpp"
#include "shared/crypto/pem_block.hpp"
#include "shared/crypto/signature.hpp"

#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

namespace troth::crypto {

using namespace openssl;

struct public_key::parts {
  key_kind kind = key_kind::other;
  int type = EVP_PKEY_NONE; // OpenSSL's: also says whether an RSA key is for PSS only
  bool weak = false;
  pkey evp;                    // null: OpenSSL does not know such a key
  std::optional<ecdsa_key> ec; // for the curves of ours
  bytes unknown;               // the SubjectPublicKeyInfo of a key without `evp`

  // That of one with it, once it was asked for: to encode a point takes as long as to hash 20 kB.
  mutable std::shared_ptr<const bytes> encoded = nullptr;

  static parts of_ec(key_kind curve, ecdsa_key key);
  static parts of_evp(pkey key);
};

namespace {

constexpr int min_rsa_bits = 2048;
constexpr std::size_t max_rsa_bytes = 2048; // OpenSSL verifies with no larger one

/// Returns the curve that the parameters of an EC key name; `other` if they name none of
/// ours, or spell a curve out, as CVE-2020-0601 did.
key_kind curve_named_in(const X509_ALGOR* algorithm) {
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_OBJECT)
    return key_kind::other;
  switch (OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(value))) {
  case NID_X9_62_prime256v1:
    return key_kind::p256;
  case NID_secp384r1:
    return key_kind::p384;
  case NID_secp521r1:
    return key_kind::p521;
  default:
    return key_kind::other;
  }
}

struct encoded_point {
  key_kind curve = key_kind::other;
  byte_view bytes;
};

/// Returns what an EC key on one of our curves holds; no curve for any other key.
encoded_point encoded_point_in(X509_PUBKEY* key) {
  ASN1_OBJECT* oid = nullptr;
  const unsigned char* value = nullptr;
  int size = 0;
  X509_ALGOR* algorithm = nullptr;
  X509_PUBKEY_get0_param(&oid, &value, &size, &algorithm, key);
  if (OBJ_obj2nid(oid) != NID_X9_62_id_ecPublicKey)
    return {};
  return {curve_named_in(algorithm), {value, static_cast<std::size_t>(size)}};
}

/// Returns the SubjectPublicKeyInfo that begins there, and its size; null if there is none.
std::pair<owned<X509_PUBKEY, X509_PUBKEY_free>, std::size_t> read_spki(byte_view spki,
                                                                       OSSL_LIB_CTX* library) {
  const auto* at = spki.data();
  auto* filled = X509_PUBKEY_new_ex(library, nullptr);
  const auto good = d2i_X509_PUBKEY(&filled, &at, static_cast<long>(spki.size())) != nullptr;
  owned<X509_PUBKEY, X509_PUBKEY_free> key{filled}; // null now, unless good
  return {std::move(key), good ? static_cast<std::size_t>(at - spki.data()) : 0};
}

key_kind kind_of(const EVP_PKEY* key, int type) {
  if (type == EVP_PKEY_ED25519)
    return key_kind::ed25519;
  if (type != EVP_PKEY_RSA && type != EVP_PKEY_RSA_PSS)
    return key_kind::other;
  switch (EVP_PKEY_get_bits(key)) {
  case 2048:
    return key_kind::rsa2048;
  case 3072:
    return key_kind::rsa3072;
  case 4096:
    return key_kind::rsa4096;
  default:
    return key_kind::other;
  }
}

/// Whether an RSA key is too short, or its exponent makes every message its own signature.
bool is_weak_rsa(const EVP_PKEY* key) {
  BIGNUM* e = nullptr;
  EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e);
  const bignum exponent{e};
  return EVP_PKEY_get_bits(key) < min_rsa_bits || !exponent || BN_is_one(exponent.get()) == 1;
}

result<void> verify_ecdsa(const ecdsa_key& key, std::size_t size, byte_view sum,
                          byte_view signature) {
  if (signature.size() != 2 * size)
    return error{errc::bad_signature, "ECDSA signature: " + std::to_string(signature.size())
                                        + " bytes, expected " + std::to_string(2 * size)};
  if (!key.verify(sum, signature.first(size), signature.last(size)))
    return error{errc::bad_signature, "ECDSA signature"};
  return {};
}

/// Returns `coordinate` with zeros in front up to `size`, or nothing if it is longer.
std::optional<bytes> padded(byte_view coordinate, std::size_t size) {
  const auto first = std::ranges::find_if(coordinate, [](auto byte) { return byte != 0; });
  const auto significant = static_cast<std::size_t>(coordinate.end() - first);
  if (significant > size)
    return std::nullopt;
  bytes out(size - significant);
  out.insert(out.end(), first, coordinate.end());
  return out;
}

} // namespace

public_key::parts public_key::parts::of_ec(key_kind curve, ecdsa_key key) {
  auto evp = key.evp();
  return {curve, EVP_PKEY_EC, false, std::move(evp), std::move(key), {}};
}

public_key::parts public_key::parts::of_evp(pkey key) {
  const auto type = EVP_PKEY_get_base_id(key.get());
  const auto kind = kind_of(key.get(), type);
  const auto weak = (type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS) && is_weak_rsa(key.get());
  return {kind, type, weak, std::move(key), std::nullopt, {}};
}

public_key::public_key(std::shared_ptr<const parts> of) : parts_(std::move(of)) {
  // nop
}

bool public_key::is_point(X509_pubkey_st* key) {
  return encoded_point_in(key).curve != key_kind::other;
}

result<public_key> public_key::from_x509(X509_pubkey_st* key) {
  const error_queue errors;
  if (const auto [curve, encoded] = encoded_point_in(key); curve != key_kind::other) {
    auto point = ecdsa_key::from_point(curve, encoded);
    if (!point)
      return point.error();
    return public_key{std::make_shared<const parts>(parts::of_ec(curve, *std::move(point)))};
  }
  pkey evp{X509_PUBKEY_get(key)};
  if (evp)
    return public_key{std::make_shared<const parts>(parts::of_evp(std::move(evp)))};
  parts unknown;
  unknown.unknown = der_of(key, i2d_X509_PUBKEY);
  return public_key{std::make_shared<const parts>(std::move(unknown))};
}

result<public_key> public_key::from_der(byte_view spki) {
  const error_queue errors;
  auto [key, size] = read_spki(spki, point_library());
  if (key && !is_point(key.get()))
    std::tie(key, size) = read_spki(spki, certificate_library());
  if (!key)
    return error{errc::malformed, "public key: " + error_queue::reason()};
  if (size != spki.size())
    return error{errc::trailing, "public key"};
  return from_x509(key.get());
}

result<public_key> public_key::from_pem(std::string_view pem) {
  const auto blocks = read_pem(pem, "PUBLIC KEY");
  if (!blocks)
    return blocks.error();
  if (blocks->size() != 1)
    return error{errc::malformed,
                 "PEM: " + std::to_string(blocks->size()) + " PUBLIC KEY blocks, expected 1"};
  return from_der(blocks->front());
}

result<public_key> public_key::from_ec_point(key_kind curve, byte_view x, byte_view y) {
  const auto size = coordinate_size(curve);
  if (size == 0)
    return error{errc::unsupported, "public key: " + std::string{name(curve)} + " has no point"};
  const auto padded_x = padded(x, size);
  const auto padded_y = padded(y, size);
  if (!padded_x || !padded_y)
    return error{errc::malformed,
                 "public key: coordinate too long for " + std::string{name(curve)}};
  bytes point{POINT_CONVERSION_UNCOMPRESSED};
  point.insert(point.end(), padded_x->begin(), padded_x->end());
  point.insert(point.end(), padded_y->begin(), padded_y->end());
  auto key = ecdsa_key::from_point(curve, point);
  if (!key)
    return key.error();
  return public_key{std::make_shared<const parts>(parts::of_ec(curve, *std::move(key)))};
}

result<public_key> public_key::from_rsa(byte_view modulus, std::uint32_t exponent) {
  const error_queue errors;
  if (modulus.size() > max_rsa_bytes)
    return error{errc::too_large,
                 "public key: RSA modulus of " + std::to_string(modulus.size()) + " bytes"};
  const bignum n{BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr)};
  if (BN_is_odd(n.get()) != 1 || exponent % 2 == 0)
    return error{errc::malformed, "public key: RSA modulus or exponent is even"};
  const owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> build{OSSL_PARAM_BLD_new()};
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_uint32(build.get(), OSSL_PKEY_PARAM_RSA_E, exponent);
  const owned<OSSL_PARAM, OSSL_PARAM_free> parameters{OSSL_PARAM_BLD_to_param(build.get())};
  const pkey_context context{EVP_PKEY_CTX_new_from_name(certificate_library(), "RSA", nullptr)};
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1
      || EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return error{errc::malformed, "public key: " + error_queue::reason()};
  return public_key{std::make_shared<const parts>(parts::of_evp(pkey{key}))};
}

result<void> public_key::verify(signature_algorithm algorithm, byte_view message,
                                byte_view signature) const {
  const error_queue errors;
  const auto edwards = algorithm.scheme == signature_scheme::eddsa;
  if (!edwards && algorithm.hash == hash_algorithm::sha1)
    return error{errc::weak, "signature over SHA-1"};
  const auto ec_of_another_curve = parts_->type == EVP_PKEY_EC && !parts_->ec;
  if (!is_for(parts_->type, algorithm.scheme) || ec_of_another_curve)
    return error{errc::unsupported, std::string{name(algorithm.scheme)} + " with a key of kind "
                                      + std::string{name(kind())}};
  if (parts_->weak)
    return error{errc::weak, "RSA key of " + std::to_string(EVP_PKEY_get_bits(get())) + " bits"};
  if (edwards)
    return verify_eddsa(get(), message, signature);
  const auto sum = hash(algorithm.hash, message);
  if (parts_->ec)
    return verify_ecdsa(*parts_->ec, coordinate_size(kind()), sum.view(), signature);
  return verify_rsa(get(), algorithm, sum.view(), signature);
}

key_kind public_key::kind() const noexcept {
  return parts_->kind;
}

evp_pkey_st* public_key::get() const noexcept {
  return parts_->evp.get();
}

bytes public_key::der() const {
  if (get() == nullptr)
    return parts_->unknown;
  auto known = std::atomic_load(&parts_->encoded);
  if (!known) {
    const error_queue errors;
    known = std::make_shared<const bytes>(der_of(get(), i2d_PUBKEY));
    std::atomic_store(&parts_->encoded, known);
  }
  return *known;
}

std::string public_key::pem() const {
  return write_pem("PUBLIC KEY", der());
}

bytes public_key::ec_point() const {
  return parts_->ec ? parts_->ec->point() : bytes{};
}

bool operator==(const public_key& a, const public_key& b) {
  const error_queue errors;
  if (a.parts_->ec && b.parts_->ec)
    return a.kind() == b.kind() && a.parts_->ec->point() == b.parts_->ec->point();
  if (a.get() != nullptr && b.get() != nullptr)
    return EVP_PKEY_eq(a.get(), b.get()) == 1;
  return a.der() == b.der();
}

std::string_view name(key_kind kind) noexcept {
  switch (kind) {
  case key_kind::rsa2048:
    return "RSA-2048";
  case key_kind::rsa3072:
    return "RSA-3072";
  case key_kind::rsa4096:
    return "RSA-4096";
  case key_kind::p256:
    return "P-256";
  case key_kind::p384:
    return "P-384";
  case key_kind::p521:
    return "P-521";
  case key_kind::ed25519:
    return "Ed25519";
  case key_kind::other:
    return "other";
  }
  return {};
}

signature_algorithm default_algorithm(key_kind kind) noexcept {
  switch (kind) {
  case key_kind::p256:
    return {signature_scheme::ecdsa, hash_algorithm::sha256};
  case key_kind::p384:
    return {signature_scheme::ecdsa, hash_algorithm::sha384};
  case key_kind::p521:
    return {signature_scheme::ecdsa, hash_algorithm::sha512};
  case key_kind::ed25519:
    return {signature_scheme::eddsa, hash_algorithm::sha512};
  default:
    return {signature_scheme::rsapss, hash_algorithm::sha256};
  }
}

} // namespace troth::crypto
