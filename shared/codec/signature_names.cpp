#include "shared/codec/signature_names.hpp"

#include <algorithm>
#include <array>

namespace troth::codec {

namespace {

constexpr std::array names = {
  signature_name{"RS256", -257, {signature_scheme::rsassa, hash_algorithm::sha256}, 0},
  signature_name{"RS384", -258, {signature_scheme::rsassa, hash_algorithm::sha384}, 0},
  signature_name{"RS512", -259, {signature_scheme::rsassa, hash_algorithm::sha512}, 0},
  signature_name{"PS256", -37, {signature_scheme::rsapss, hash_algorithm::sha256}, 0},
  signature_name{"PS384", -38, {signature_scheme::rsapss, hash_algorithm::sha384}, 0},
  signature_name{"PS512", -39, {signature_scheme::rsapss, hash_algorithm::sha512}, 0},
  signature_name{"ES256", -7, {signature_scheme::ecdsa, hash_algorithm::sha256}, 64},
  signature_name{"ES384", -35, {signature_scheme::ecdsa, hash_algorithm::sha384}, 96},
  signature_name{"ES512", -36, {signature_scheme::ecdsa, hash_algorithm::sha512}, 132},
  signature_name{"EdDSA", -8, {signature_scheme::eddsa, hash_algorithm::sha512}, 64},
};

const signature_name* found(const signature_name* at) noexcept {
  return at != names.end() ? at : nullptr;
}

} // namespace

const signature_name* name_of(signature_algorithm algorithm) noexcept {
  return found(std::ranges::find_if(names, [=](const signature_name& one) {
    return one.algorithm == algorithm
           || (one.algorithm.scheme == signature_scheme::eddsa
               && algorithm.scheme == signature_scheme::eddsa);
  }));
}

const signature_name* find_jose(std::string_view name) noexcept {
  return found(std::ranges::find(names, name, &signature_name::jose));
}

const signature_name* find_cose(std::int64_t number) noexcept {
  return found(std::ranges::find(names, number, &signature_name::cose));
}

} // namespace troth::codec
