#include "shared/endorsement/intel_quote.hpp"

#include "shared/crypto/hash.hpp"

#include <algorithm>

namespace troth::endorsement::intel {

namespace {

constexpr signature_algorithm es256{signature_scheme::ecdsa, hash_algorithm::sha256};
constexpr std::size_t coordinate_size = 32;

} // namespace

result<void> verify_qe_report(const evidence::sgx::signature_data& by,
                              const crypto::public_key& pck) {
  if (pck.kind() != crypto::key_kind::p256)
    return error{errc::unsupported, "PCK: " + std::string{name(pck.kind())} + ", expected P-256"};
  return pck.verify(es256, by.qe_report_bytes, by.qe_report_signature);
}

result<void> verify_attestation_key(const evidence::sgx::signature_data& by) {
  const auto sum = crypto::hash(hash_algorithm::sha256, {by.attestation_key, by.qe_auth_data});
  const std::span data{by.qe_report.report_data};
  const auto rest = data.subspan(sum.view().size());
  if (!std::ranges::equal(data.first(sum.view().size()), sum.view())
      || !std::ranges::all_of(rest, [](auto byte) { return byte == 0; }))
    return error{errc::bad_signature, "the QE's report is not of this attestation key"};
  return {};
}

result<crypto::public_key> attestation_key_of(const evidence::sgx::signature_data& by) {
  const std::span point{by.attestation_key};
  return crypto::public_key::from_ec_point(crypto::key_kind::p256, point.first(coordinate_size),
                                           point.subspan(coordinate_size));
}

result<void> verify_quote_signature(byte_view signed_bytes,
                                    const evidence::sgx::signature_data& by) {
  const auto key = attestation_key_of(by);
  if (!key)
    return key.error();
  return key->verify(es256, signed_bytes, by.signature);
}

} // namespace troth::endorsement::intel
