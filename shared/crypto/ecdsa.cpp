// EC_KEY is deprecated in OpenSSL 3 in favour of EVP_PKEY, whose construction from
// a point costs seven times as much: 2 µs against 15 µs beside a verification of 60 µs.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "shared/crypto/ecdsa.hpp"

#include <nettle/bignum.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <openssl/obj_mac.h>

namespace troth::crypto {

namespace {

using ecdsa_sig = openssl::owned<ECDSA_SIG, ECDSA_SIG_free>;

/// Returns OpenSSL's group, made once: making one costs more than a verification.
const EC_GROUP* group_of(key_kind curve) {
  static const EC_GROUP* const p256 = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  static const EC_GROUP* const p384 = EC_GROUP_new_by_curve_name(NID_secp384r1);
  static const EC_GROUP* const p521 = EC_GROUP_new_by_curve_name(NID_secp521r1);
  switch (curve) {
  case key_kind::p256:
    return p256;
  case key_kind::p384:
    return p384;
  case key_kind::p521:
    return p521;
  default:
    return nullptr;
  }
}

ecdsa_sig signature_of(byte_view r, byte_view s) {
  ecdsa_sig out{ECDSA_SIG_new()};
  ECDSA_SIG_set0(out.get(), BN_bin2bn(r.data(), static_cast<int>(r.size()), nullptr),
                 BN_bin2bn(s.data(), static_cast<int>(s.size()), nullptr));
  return out;
}

} // namespace

// nettle verifies P-384 about twice as fast as OpenSSL does.
struct ecdsa_key::p384_point {
  p384_point() { ecc_point_init(&at, nettle_get_secp_384r1()); }
  p384_point(const p384_point&) = delete;
  p384_point& operator=(const p384_point&) = delete;
  ~p384_point() { ecc_point_clear(&at); }

  bool set(byte_view x, byte_view y) {
    mpz_t big_x;
    mpz_t big_y;
    nettle_mpz_init_set_str_256_u(big_x, x.size(), x.data());
    nettle_mpz_init_set_str_256_u(big_y, y.size(), y.data());
    const auto on_curve = ecc_point_set(&at, big_x, big_y) == 1;
    mpz_clear(big_x);
    mpz_clear(big_y);
    return on_curve;
  }

  bool verify(byte_view digest, byte_view r, byte_view s) const {
    dsa_signature signature;
    dsa_signature_init(&signature);
    nettle_mpz_set_str_256_u(signature.r, r.size(), r.data());
    nettle_mpz_set_str_256_u(signature.s, s.size(), s.data());
    const auto good = ecdsa_verify(&at, digest.size(), digest.data(), &signature) == 1;
    dsa_signature_clear(&signature);
    return good;
  }

  ecc_point at;
};

std::size_t coordinate_size(key_kind kind) noexcept {
  switch (kind) {
  case key_kind::p256:
    return 32;
  case key_kind::p384:
    return 48;
  case key_kind::p521:
    return 66;
  default:
    return 0;
  }
}

ecdsa_key::ecdsa_key(bytes point, std::shared_ptr<const EC_KEY> key,
                     std::shared_ptr<const p384_point> fast)
  : point_(std::move(point)), key_(std::move(key)), p384_(std::move(fast)) {
  // nop
}

result<ecdsa_key> ecdsa_key::from_point(key_kind curve, byte_view point) {
  const openssl::error_queue errors;
  const auto size = coordinate_size(curve);
  const auto* group = group_of(curve);
  std::shared_ptr<EC_KEY> key{EC_KEY_new(), EC_KEY_free};
  const openssl::owned<EC_POINT, EC_POINT_free> at{EC_POINT_new(group)};
  // EC_POINT_oct2point checks that the point is on the curve; infinity is one byte.
  if (EC_POINT_oct2point(group, at.get(), point.data(), point.size(), nullptr) != 1
      || EC_POINT_is_at_infinity(group, at.get()) == 1 || EC_KEY_set_group(key.get(), group) != 1
      || EC_KEY_set_public_key(key.get(), at.get()) != 1)
    return error{errc::malformed, "public key: not a point on " + std::string{name(curve)}};
  bytes full(1 + 2 * size);
  EC_POINT_point2oct(group, at.get(), POINT_CONVERSION_UNCOMPRESSED, full.data(), full.size(),
                     nullptr);
  std::shared_ptr<p384_point> fast;
  if (curve == key_kind::p384) {
    fast = std::make_shared<p384_point>();
    const auto xy = byte_view{full}.subspan(1);
    if (!fast->set(xy.first(size), xy.last(size)))
      return error{errc::malformed, "public key: not a point on P-384"};
  }
  return ecdsa_key{std::move(full), std::move(key), std::move(fast)};
}

bool ecdsa_key::verify(byte_view digest, byte_view r, byte_view s) const {
  if (p384_)
    return p384_->verify(digest, r, s);
  const openssl::error_queue errors;
  // OpenSSL takes the key as not const and does not change it.
  auto* key = const_cast<EC_KEY*>(key_.get());
  return ECDSA_do_verify(digest.data(), static_cast<int>(digest.size()), signature_of(r, s).get(),
                         key)
         == 1;
}

openssl::pkey ecdsa_key::evp() const {
  openssl::pkey out{EVP_PKEY_new()};
  EVP_PKEY_set1_EC_KEY(out.get(), const_cast<EC_KEY*>(key_.get()));
  return out;
}

bytes ecdsa_der_from_raw(byte_view r, byte_view s) {
  return openssl::der_of(signature_of(r, s).get(), i2d_ECDSA_SIG);
}

std::optional<bytes> ecdsa_raw_from_der(byte_view der, std::size_t coordinate) {
  const openssl::error_queue errors;
  const auto* at = der.data();
  const ecdsa_sig signature{d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()))};
  if (!signature || at != der.data() + der.size())
    return std::nullopt;
  bytes out(2 * coordinate);
  const auto size = static_cast<int>(coordinate);
  if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out.data(), size) != size
      || BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), std::span{out}.last(coordinate).data(),
                      size)
           != size)
    return std::nullopt;
  return out;
}

} // namespace troth::crypto
