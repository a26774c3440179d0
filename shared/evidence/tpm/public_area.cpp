#include "shared/evidence/tpm/public_area.hpp"

#include "shared/base/reader.hpp"
#include "shared/evidence/tpm/algorithm.hpp"

#include <utility>

namespace troth::evidence::tpm {

namespace {

constexpr std::size_t max_policy = 64;
constexpr std::size_t max_rsa = 512;                  // RSA-4096
constexpr std::size_t max_coordinate = 66;            // P-521
constexpr std::size_t max_public = 0x1000;            // far above what the fields add up to
constexpr std::uint32_t default_exponent = 65537;     // what an exponent of 0 stands for
constexpr std::uint32_t reserved_bits = 0xFFF0'F009U; // of TPMA_OBJECT

constexpr bool bit(std::uint32_t value, unsigned number) noexcept {
  return (value >> number & 1) != 0;
}

object_attributes read_attributes(reader& in) {
  const auto value = in.u32be("attributes");
  in.require((value & reserved_bits) == 0, errc::malformed, "attributes");
  return {.value = value,
          .fixed_tpm = bit(value, 1),
          .st_clear = bit(value, 2),
          .fixed_parent = bit(value, 4),
          .sensitive_data_origin = bit(value, 5),
          .user_with_auth = bit(value, 6),
          .admin_with_policy = bit(value, 7),
          .firmware_limited = bit(value, 8),
          .svn_limited = bit(value, 9),
          .no_da = bit(value, 10),
          .encrypted_duplication = bit(value, 11),
          .restricted = bit(value, 16),
          .decrypt = bit(value, 17),
          .sign = bit(value, 18),
          .x509_sign = bit(value, 19)};
}

symmetric_definition read_symmetric(reader& in) {
  const auto algorithm = in.u16be("symmetric");
  if (algorithm == alg::null)
    return {.algorithm = algorithm, .key_bits = 0, .mode = 0};
  in.require(algorithm == alg::aes || algorithm == alg::sm4 || algorithm == alg::camellia,
             errc::unsupported, "symmetric");
  const auto key_bits = in.u16be("symmetric.key_bits");
  const auto mode = in.u16be("symmetric.mode");
  return {.algorithm = algorithm, .key_bits = key_bits, .mode = mode};
}

std::optional<hash_algorithm> read_hash(reader& in, std::string_view field) {
  const auto hash = hash_from_id(in.u16be(field));
  in.require(hash.has_value(), errc::unsupported, field);
  return hash;
}

// TPMT_RSA_SCHEME: RSAES has no details, the others have a hash.
void read_rsa_scheme(reader& in, public_area& into) {
  into.scheme = in.u16be("scheme");
  switch (into.scheme) {
  case alg::null:
  case alg::rsaes:
    return;
  case alg::rsassa:
  case alg::rsapss:
  case alg::oaep:
    into.scheme_hash = read_hash(in, "scheme.hash");
    return;
  default:
    in.require(false, errc::unsupported, "scheme");
  }
}

void read_ecc_scheme(reader& in, public_area& into) {
  into.scheme = in.u16be("scheme");
  if (into.scheme == alg::null)
    return;
  in.require(into.scheme == alg::ecdsa || into.scheme == alg::ecdh, errc::unsupported, "scheme");
  into.scheme_hash = read_hash(in, "scheme.hash");
}

rsa_parameters read_rsa(reader& in) {
  rsa_parameters out{};
  out.key_bits = in.u16be("key_bits");
  in.require(out.key_bits % 8 == 0, errc::malformed, "key_bits");
  in.require(out.key_bits / 8 <= max_rsa, errc::too_large, "key_bits");
  out.exponent = in.u32be("exponent");
  if (out.exponent == 0)
    out.exponent = default_exponent;
  out.modulus = copy(in.sized16be(max_rsa, "modulus"));
  in.require(out.modulus.empty() || out.modulus.size() == out.key_bits / 8U, errc::malformed,
             "modulus");
  return out;
}

ecc_parameters read_ecc(reader& in) {
  ecc_parameters out{};
  out.curve_id = in.u16be("curve");
  in.require(out.curve_id == curve::nist_p256 || out.curve_id == curve::nist_p384
               || out.curve_id == curve::nist_p521,
             errc::unsupported, "curve");
  out.kdf = in.u16be("kdf");
  if (out.kdf != alg::null) {
    in.require(out.kdf == alg::mgf1 || out.kdf == alg::kdf1_sp800_56a || out.kdf == alg::kdf2
                 || out.kdf == alg::kdf1_sp800_108,
               errc::unsupported, "kdf");
    (void)read_hash(in, "kdf.hash");
  }
  out.x = copy(in.sized16be(max_coordinate, "x"));
  out.y = copy(in.sized16be(max_coordinate, "y"));
  return out;
}

} // namespace

result<public_area> parse_public_area(byte_view tpmt_public) {
  reader in{tpmt_public, "tpm.public"};
  public_area out{};
  const auto type = in.u16be("type");
  in.require(type == alg::rsa || type == alg::ecc, errc::unsupported, "type");
  out.name_algorithm = read_hash(in, "name_algorithm").value_or(hash_algorithm::sha256);
  out.attributes = read_attributes(in);
  out.auth_policy = copy(in.sized16be(max_policy, "auth_policy"));
  out.symmetric = read_symmetric(in);
  if (type == alg::rsa) {
    read_rsa_scheme(in, out);
    out.key = read_rsa(in);
  } else {
    read_ecc_scheme(in, out);
    out.key = read_ecc(in);
  }
  out.exact = copy(tpmt_public);
  return in.finish(std::move(out));
}

result<public_area> parse_sized_public_area(byte_view tpm2b_public) {
  reader in{tpm2b_public, "tpm.sized_public"};
  const auto exact = in.finish(in.sized16be(max_public, "public"));
  if (!exact)
    return exact.error();
  return parse_public_area(*exact);
}

} // namespace troth::evidence::tpm
