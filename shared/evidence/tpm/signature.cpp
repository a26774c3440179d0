#include "shared/evidence/tpm/signature.hpp"

#include "shared/base/reader.hpp"
#include "shared/evidence/tpm/algorithm.hpp"

#include <algorithm>

namespace troth::evidence::tpm {

namespace {

constexpr std::size_t max_rsa_signature = 512;       // RSA-4096
constexpr std::size_t max_signature_coordinate = 66; // P-521

result<void> append_padded(bytes& out, byte_view number, std::size_t size) {
  const auto first = std::ranges::find_if(number, [](std::uint8_t byte) { return byte != 0; });
  const auto digits = number.last(static_cast<std::size_t>(number.end() - first));
  if (digits.size() > size)
    return error{errc::malformed, "tpm.signature: a number of " + std::to_string(digits.size())
                                    + " bytes on a curve of " + std::to_string(size)};
  out.insert(out.end(), size - digits.size(), 0);
  out.insert(out.end(), digits.begin(), digits.end());
  return {};
}

} // namespace

result<signature> parse_signature(byte_view tpmt_signature) {
  reader in{tpmt_signature, "tpm.signature"};
  const auto scheme = in.u16be("scheme");
  const bool is_ecdsa = scheme == alg::ecdsa;
  in.require(is_ecdsa || scheme == alg::rsassa || scheme == alg::rsapss, errc::unsupported,
             "scheme");
  const auto hash = hash_from_id(in.u16be("hash"));
  in.require(hash.has_value(), errc::unsupported, "hash");
  signature out{};
  if (is_ecdsa) {
    out.r = copy(in.sized16be(max_signature_coordinate, "r"));
    out.s = copy(in.sized16be(max_signature_coordinate, "s"));
  } else {
    out.rsa = copy(in.sized16be(max_rsa_signature, "rsa"));
  }
  out.algorithm = {is_ecdsa                ? signature_scheme::ecdsa
                   : scheme == alg::rsassa ? signature_scheme::rsassa
                                           : signature_scheme::rsapss,
                   hash.value_or(hash_algorithm::sha256)}; // finish() refuses when there is none
  return in.finish(std::move(out));
}

result<bytes> raw_ecdsa(const signature& value, std::size_t size) {
  if (value.algorithm.scheme != signature_scheme::ecdsa)
    return error{errc::malformed, "tpm.signature: not ECDSA"};
  bytes out;
  out.reserve(2 * size);
  for (const byte_view number : {byte_view{value.r}, byte_view{value.s}})
    if (const auto appended = append_padded(out, number, size); !appended)
      return appended.error();
  return out;
}

} // namespace troth::evidence::tpm
